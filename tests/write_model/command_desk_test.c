/* The desk: what it answers, and what is in the log afterwards. */
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"

#include "base/json.h"
#include "event_store/event_verify.h"
#include "telemetry/metrics.h"
#include "write_model/desk_work.h"

#include <pthread.h>
#include <stdatomic.h>

static void the_number_of_waiting_commands_is_shown_while_the_desk_works(void **state)
{
    struct desk_fixture *fixture = *state;
    struct metric_series *waiting = metric_series(METRIC_DESK_WAITING, "");
    struct sent hold, next;
    sent_init(&hold, "H", "hold", "{}");
    sent_init(&next, "A", "add", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    sent_submit(&next, fixture->desk);
    assert_int_equal(metric_value(waiting), 1);
    counter_release();
    sent_wait(&hold);
    sent_wait(&next);
    assert_int_equal(metric_value(waiting), 0);
    sent_finish(&hold);
    sent_finish(&next);
}

static void a_command_is_answered_with_its_events(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    sent_run(&sent, fixture->desk, "A", "add", "{\"n\":5,\"times\":2}");
    assert_began(&sent);
    assert_int_equal(sent.answer.err, OK);
    assert_int_equal(sent.answer.version, 2);
    assert_int_equal(sent.answer.position, 2);
    assert_false(sent.answer.replayed);
    assert_true(slice_is(sent.answer.stream, "counter/A"));
    assert_int_equal(sent.answer.event_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sent.answer.events[i].position, i + 1);
        assert_true(slice_is(sent.answer.events[i].type, "counter.added.v1"));
        assert_int_equal(sent.answer.events[i].id.length, 36);
    }
    sent_finish(&sent);
    sent_run(&sent, fixture->desk, "A", "add", "{\"n\":1}");
    assert_accepted(&sent);
    assert_int_equal(sent.answer.version, 3);
    sent_finish(&sent);
    assert_int_equal(command_desk_head(fixture->desk), 3);
}

static void events_carry_their_correlation_causation_and_trace(void **state)
{
    struct desk_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct sent sent;
    sent_init(&sent, "A", "add", "{}");
    sent.request.causation_id = NULL;
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    sent_finish(&sent);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_read_after(reader, 0, (struct read_limit){9, 9999}, &batch, &error));
#define TRACE "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}"
    assert_true(slice_is(batch.events[0].meta, "{\"correlationid\":\"correlation-1\"," TRACE));
    assert_true(slice_is(batch.events[1].meta, "{\"correlationid\":\"correlation-1\","
                                               "\"causationid\":\"cause-1\"," TRACE));
}

static void a_command_that_changes_nothing_is_accepted_without_events(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    desk_fixture_send(fixture, "B", "add", "{}", OK);
    sent_run(&sent, fixture->desk, "A", "add", "{\"n\":0}");
    assert_accepted(&sent);
    sent_assert(&sent, "ok counter/A 1 2   correlation-1");
    assert_int_equal(sent.answer.position, 2);
    sent_finish(&sent);
}

static void a_rejected_command_adds_nothing_and_is_answered_with_the_reason(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "close", "{}", OK);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_int_equal(sent.answer.err, ERR_REFUSED);
    assert_int_equal(sent.answer.err, ERR_REFUSED);
    assert_int_equal(sent.answer.version, 1);
    sent_assert_detail(&sent, "counter A is closed");
    assert_true(slice_is(sent.answer.trace_id, "0af7651916cd43dd8448eb211c80319c"));
    sent_finish(&sent);
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
}

static void a_stale_expected_version_is_answered_with_the_current_one(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{\"times\":3}", OK);
    sent_init(&sent, "A", "add", "{}");
    sent.request.expected_version = 2;
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_int_equal(sent.answer.err, ERR_WRONG_VERSION);
    assert_int_equal(sent.answer.version, 3);
    sent_finish(&sent);
    sent_init(&sent, "A", "add", "{}");
    sent.request.expected_version = 3;
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_accepted(&sent);
    sent_finish(&sent);
}

/* A fault of the domain's code: the answer says so, the process's log names the event and the reason. */
static void a_decision_that_breaks_its_declarations_stores_nothing(void **state)
{
    struct desk_fixture *fixture = *state;
    static const struct {
        const char *data, *why;
    } rows[] = {
        {"{\"how\":\"type\"}", "event 2 of the 2 that it decided: the catalogue has no event type "
                               "counter.aded.v1; did you mean counter.added.v1?"},
        {"{\"how\":\"undeclared\"}",
         "event 2 of the 2 that it decided: the event type counter.closed.v1 "
         "is not among the COMMAND_EVENTS"},
        {"{\"how\":\"data\"}", "event 2 of the 2 that it decided: the data breaks the schema of "
                               "counter.added.v1 at \"/n\": must be an integer"},
    };
    for (size_t i = 0; i < 3; i++) {
        AUTO(decision) struct decision decision = {0};
        AUTO(json) json_t *data = NULL;
        struct error error = {0};
        struct sent sent;
        sent_run(&sent, fixture->desk, "A", "err", rows[i].data);
        assert_int_equal(sent.answer.err, ERR_INTERNAL);
        const struct command_kind *kind = sent.request.kind;
        sent_finish(&sent);
        void *zero = counter.create();
        assert_ok(json_read(slice_of(rows[i].data), &data, &error));
        assert_ok(kind->decide(zero, &(struct command){"A", data, 0}, &decision, &error));
        counter.destroy(zero);
        assert_int_equal(decision_check(&decision, kind, fixture->catalogue, &error), ERR_INTERNAL);
        assert_text_contains(error.text, rows[i].why);
    }
    assert_int_equal(desk_fixture_head(fixture->directory), 0);
    desk_fixture_send(fixture, "A", "add", "{}", OK); /* the desk still works */
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
}

/* A command that fails after its events were appended, between two that do not. */
static void a_failed_command_adds_nothing_and_does_not_affect_others(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, sent[3];
    static const char *const commands[] = {"add", "break", "add"};
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    for (int i = 0; i < 3; i++) {
        sent_init(&sent[i], "A", commands[i], "{}");
        sent_submit(&sent[i], fixture->desk);
    }
    counter_release();
    for (int i = 0; i < 3; i++)
        sent_wait(&sent[i]);
    sent_wait(&hold);
    assert_began(&sent[0]);
    assert_int_equal(sent[1].answer.err, ERR_POISON);
    assert_accepted(&sent[2]);
    assert_int_equal(sent[2].answer.version, 2);
    for (int i = 0; i < 3; i++)
        sent_finish(&sent[i]);
    sent_finish(&hold);
    char *newest = desk_fixture_newest(fixture, "counter/A");
    assert_string_equal(newest, "{\"n\":1,\"total\":2}");
    free(newest);
    assert_int_equal(desk_fixture_head(fixture->directory), 3);
    assert_int_equal(command_desk_head(fixture->desk), 3);
}

#define THREADS  4
#define COMMANDS 150

struct sender {
    struct command_desk *desk;
    pthread_t thread;
    int64_t acknowledged;
};

static void *send_many(void *context)
{
    struct sender *sender = context;
    for (int i = 0; i < COMMANDS; i++) {
        struct sent sent;
        char id[8] = {(char)('A' + i % 5), '\0'};
        sent_run(&sent, sender->desk, id, "add", "{\"n\":1}");
        sender->acknowledged += sent.answer.err == OK;
        sent_finish(&sent);
    }
    return NULL;
}

static void commands_of_many_threads_are_all_stored_in_one_order(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sender senders[THREADS];
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.desk = fixture->desk};
        pthread_create(&senders[i].thread, NULL, send_many, &senders[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].acknowledged, COMMANDS);
    }
    assert_int_equal(desk_fixture_head(fixture->directory), THREADS * COMMANDS);
    for (char id = 'A'; id < 'F'; id++) {
        char stream[] = {'c', 'o', 'u', 'n', 't', 'e', 'r', '/', id, '\0'};
        char *newest = desk_fixture_newest(fixture, stream);
        assert_string_equal(newest, "{\"n\":1,\"total\":120}");
        free(newest);
    }
    AUTO(event_store) struct event_store *reader = NULL;
    struct checkpoint head;
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_verify(reader, NULL, NULL, NULL, &head, &error));
}

static void only_one_of_several_commands_with_the_same_expected_version_is_accepted(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent[20];
    int won = 0;
    for (int i = 0; i < 20; i++) {
        sent_init(&sent[i], "A", "add", "{}");
        sent[i].request.expected_version = EXPECT_NO_STREAM;
        sent_submit(&sent[i], fixture->desk);
    }
    for (int i = 0; i < 20; i++) {
        sent_wait(&sent[i]);
        won += sent[i].answer.err == OK;
        assert_true(sent[i].answer.err == OK || sent[i].answer.err == ERR_WRONG_VERSION);
        sent_finish(&sent[i]);
    }
    assert_int_equal(won, 1);
    assert_int_equal(desk_fixture_head(fixture->directory), 1);
}

static void a_full_queue_rejects_at_once(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, sent[4];
    fixture->options.queue_commands = 3;
    fixture->options.queue_bytes = 1000;
    desk_fixture_reopen(fixture);
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    for (int i = 0; i < 4; i++)
        sent_init(&sent[i], "A", "add", "{}");
    sent_submit(&sent[0], fixture->desk);
    sent[1].request.bytes = 991;
    assert_err(ERR_QUEUE_FULL, command_desk_submit(fixture->desk, &sent[1].request, &error));
    sent[1].request.bytes = 1;
    sent_submit(&sent[1], fixture->desk);
    sent_submit(&sent[2], fixture->desk);
    assert_int_equal(command_desk_waiting(fixture->desk), 3);
    assert_err(ERR_QUEUE_FULL, command_desk_submit(fixture->desk, &sent[3].request, &error));
    counter_release();
    sent_wait(&hold);
    sent_finish(&hold);
    for (int i = 0; i < 3; i++)
        sent_wait(&sent[i]);
    for (int i = 0; i < 4; i++)
        sent_finish(&sent[i]);
    assert_int_equal(command_desk_waiting(fixture->desk), 0);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
}

static void *close_desk(void *context)
{
    command_desk_close(context);
    return NULL;
}

static bool is_stopping(struct command_desk *desk, struct sent *probe)
{
    struct error error;
    enum err err = command_desk_submit(desk, &probe->request, &error);
    if (!err)
        sent_wait(probe);
    return err == ERR_STOPPING;
}

static void a_close_answers_all_that_wait(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, sent[50], probe;
    pthread_t closer;
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    for (int i = 0; i < 50; i++) {
        sent_init(&sent[i], "A", "add", "{}");
        sent_submit(&sent[i], fixture->desk);
    }
    pthread_create(&closer, NULL, close_desk, fixture->desk);
    sent_init(&probe, "P", "add", "{}");
    probe.request.bytes = 33 * 1024 * 1024; /* not taken before the close either */
    wait_until(10, is_stopping(fixture->desk, &probe));
    counter_release();
    pthread_join(closer, NULL);
    fixture->desk = NULL;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(sem_trywait(&sent[i].done), 0);
        assert_accepted(&sent[i]);
        sent_finish(&sent[i]);
    }
    sent_finish(&hold);
    sent_finish(&probe);
    assert_int_equal(desk_fixture_head(fixture->directory), 51);
}

static _Atomic int64_t seen_head;

static void see_head(void *context, int64_t head)
{
    (void)context;
    atomic_store(&seen_head, head);
}

static void observers_are_called_when_the_log_has_grown(void **state)
{
    struct desk_fixture *fixture = *state;
    atomic_store(&seen_head, 0);
    command_desk_on_append(fixture->desk, see_head, NULL);
    desk_fixture_send(fixture, "A", "add", "{\"times\":3}", OK);
    wait_until(10, atomic_load(&seen_head) == 3);
    command_desk_forget(fixture->desk, NULL);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    desk_fixture_send(fixture, "A", "add", "{}", OK); /* after the first one's callbacks */
    assert_int_equal(atomic_load(&seen_head), 3);
}

/* ---- cursors ---- */

static int64_t stored_cursor(const struct desk_fixture *fixture)
{
    AUTO(event_store) struct event_store *reader = NULL;
    struct checkpoint cursor = {0};
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_read_cursor(reader, "events", &cursor, &error));
    return cursor.position;
}

static void save_cursor(struct desk_fixture *fixture, int64_t position)
{
    command_desk_save_cursor(fixture->desk, "events", &(struct checkpoint){.position = position});
}

static int64_t batches(void)
{
    return metric_value(metric_series(METRIC_DESK_BATCH, ""));
}

static void an_idle_desk_stores_a_cursor_once(void **state)
{
    struct desk_fixture *fixture = *state;
    int64_t before = batches();
    save_cursor(fixture, 7);
    wait_until(10, stored_cursor(fixture) == 7);
    wait_until(10, batches() == before + 1);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    wait_until(10, batches() == before + 2);
    assert_int_equal(stored_cursor(fixture), 7);
}

static void cursors_share_the_write_set_of_the_commands_that_wait(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, sent;
    sent_init(&hold, "H", "hold", "{}");
    sent_init(&sent, "A", "add", "{}");
    int64_t before = batches();
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    save_cursor(fixture, 1);
    sent_submit(&sent, fixture->desk);
    save_cursor(fixture, 2);
    counter_release();
    sent_wait(&sent);
    assert_int_equal(stored_cursor(fixture), 2);
    wait_until(10, batches() == before + 2);
    sent_wait(&hold);
    sent_finish(&hold);
    sent_finish(&sent);
}

static void a_close_stores_the_last_cursor(void **state)
{
    struct desk_fixture *fixture = *state;
    save_cursor(fixture, 8);
    save_cursor(fixture, 9);
    command_desk_close(fixture->desk);
    fixture->desk = NULL;
    assert_int_equal(stored_cursor(fixture), 9);
}

static void an_edited_event_of_the_stream_stops_all_commands(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    desk_fixture_send(fixture, "B", "add", "{}", OK);
    command_desk_close(fixture->desk);
    fixture->desk = NULL;
    log_edit_event(fixture->directory, 1);
    assert_ok(command_desk_open(&fixture->options, &fixture->desk, &error));
    desk_fixture_send(fixture, "B", "add", "{}", OK);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_int_equal(sent.answer.err, ERR_CORRUPT);
    sent_finish(&sent);
    struct error error = {0};
    assert_int_equal(command_desk_damage(fixture->desk, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "position 1:");
    sent_init(&sent, "B", "add", "{}");
    assert_err(ERR_CORRUPT, command_desk_submit(fixture->desk, &sent.request, &error));
    sent_finish(&sent);
    assert_int_equal(desk_fixture_head(fixture->directory), 3);
}

int main(void)
{
#define CLAIM(claim)                                                                               \
    cmocka_unit_test_setup_teardown(claim, desk_fixture_setup, desk_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_command_is_answered_with_its_events),
        CLAIM(the_number_of_waiting_commands_is_shown_while_the_desk_works),
        CLAIM(events_carry_their_correlation_causation_and_trace),
        CLAIM(a_command_that_changes_nothing_is_accepted_without_events),
        CLAIM(a_rejected_command_adds_nothing_and_is_answered_with_the_reason),
        CLAIM(a_stale_expected_version_is_answered_with_the_current_one),
        CLAIM(a_decision_that_breaks_its_declarations_stores_nothing),
        CLAIM(a_failed_command_adds_nothing_and_does_not_affect_others),
        CLAIM(commands_of_many_threads_are_all_stored_in_one_order),
        CLAIM(only_one_of_several_commands_with_the_same_expected_version_is_accepted),
        CLAIM(a_full_queue_rejects_at_once),
        CLAIM(a_close_answers_all_that_wait),
        CLAIM(observers_are_called_when_the_log_has_grown),
        CLAIM(an_idle_desk_stores_a_cursor_once),
        CLAIM(cursors_share_the_write_set_of_the_commands_that_wait),
        CLAIM(a_close_stores_the_last_cursor),
        CLAIM(an_edited_event_of_the_stream_stops_all_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
