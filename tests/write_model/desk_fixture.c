#include "tests/write_model/desk_fixture.h"
#include "tests/support/own_log.h"

#include "base/json.h"
#include "tests/support/claims.h"

#include <stdio.h>

int desk_fixture_setup(void **state)
{
    struct desk_fixture *fixture = calloc(1, sizeof *fixture);
    fixture->directory = test_directory_make();
    AUTO(text) struct text schemas = {0};
    text_printf(&schemas, "%s/schemas", fixture->directory);
    counter_write_schemas(schemas.at);
    assert_ok(catalogue_open(NULL, schemas.at, &fixture->catalogue, &error));
    fixture->options = (struct command_desk_options){
        .log_url = own_log_url(fixture->directory),
        .catalogue = fixture->catalogue,
    };
    assert_ok(command_desk_open(&fixture->options, &fixture->desk, &error));
    *state = fixture;
    return 0;
}

int desk_fixture_teardown(void **state)
{
    struct desk_fixture *fixture = *state;
    command_desk_close(fixture->desk);
    catalogue_close(fixture->catalogue);
    test_directory_remove(fixture->directory);
    free(fixture);
    return 0;
}

void desk_fixture_reopen(struct desk_fixture *fixture)
{
    command_desk_close(fixture->desk);
    fixture->desk = NULL;
    assert_ok(command_desk_open(&fixture->options, &fixture->desk, &error));
}

void desk_fixture_tamper(struct desk_fixture *fixture, const char *sql)
{
    AUTO(text) struct text path = {0};
    AUTO(db) struct db *db = NULL;
    command_desk_close(fixture->desk);
    fixture->desk = NULL;
    text_printf(&path, "%s/events.db", fixture->directory);
    assert_ok(db_open_writer(path.at, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db, sql, &error));
    db_close(db);
    db = NULL;
    assert_ok(command_desk_open(&fixture->options, &fixture->desk, &error));
}

static void take_answer(struct command_request *request, const struct command_answer *answer)
{
    struct sent *sent = request->context;
    sent->answer = *answer;
    sem_post(&sent->done);
}

void sent_init(struct sent *sent, const char *id, const char *command, const char *data)
{
    *sent = (struct sent){0};
    sem_init(&sent->done, 0, 0);
    sent->request = (struct command_request){
        .aggregate = command ? &counter : NULL,
        .kind = command ? aggregate_command(&counter, command) : NULL,
        .expected_version = EXPECT_ANY,
        .idempotency_key = "",
        .correlation_id = "correlation-1",
        .causation_id = "cause-1",
        .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        .bytes = 10,
        .done = take_answer,
        .context = sent,
        .arena = &sent->arena,
    };
    command_request_set_stream(&sent->request, "counter", id);
    if (data)
        assert_ok(json_read(slice_of(data), &sent->request.data, &error));
}

void sent_finish(struct sent *sent)
{
    json_decref(sent->request.data);
    arena_finish(&sent->arena);
    sem_destroy(&sent->done);
}

void sent_submit(struct sent *sent, struct command_desk *desk)
{
    assert_ok(command_desk_submit(desk, &sent->request, &error));
}

void sent_wait(struct sent *sent)
{
    sem_wait(&sent->done);
}

void sent_run(struct sent *sent, struct command_desk *desk, const char *id, const char *command,
              const char *data)
{
    sent_init(sent, id, command, data);
    sent_submit(sent, desk);
    sent_wait(sent);
}

void desk_fixture_send(struct desk_fixture *fixture, const char *id, const char *command,
                       const char *data, enum err expected)
{
    struct sent sent;
    sent_run(&sent, fixture->desk, id, command, data);
    if (sent.answer.err != expected)
        fail_msg("%s %s: expected %s, got %s: %.*s", id, command, error_slug(expected),
                 error_slug(sent.answer.err), SLICE(sent.answer.detail));
    sent_finish(&sent);
}

void sent_write(const struct sent *sent, struct text *out)
{
    const struct command_answer *answer = &sent->answer;
    text_clear(out);
    text_printf(out, "%s%s %.*s %lld %lld", error_slug(answer->err), answer->began ? " began" : "",
                SLICE(answer->stream), (long long)answer->version, (long long)answer->position);
    for (size_t i = 0; i < answer->event_count; i++)
        text_printf(out, " [%.*s %.*s %lld]", SLICE(answer->events[i].id),
                    SLICE(answer->events[i].type), (long long)answer->events[i].position);
    text_printf(out, " %.*s %.*s %.*s", SLICE(answer->detail), SLICE(answer->trace_id),
                SLICE(answer->correlation_id));
}

void sent_assert(const struct sent *sent, const char *expected)
{
    AUTO(text) struct text answer = {0};
    sent_write(sent, &answer);
    assert_string_equal(answer.at, expected);
}

void sent_assert_detail(const struct sent *sent, const char *part)
{
    AUTO(text) struct text detail = {0};
    text_add_slice(&detail, sent->answer.detail);
    assert_text_contains(detail.at, part);
}

char *desk_fixture_newest(const struct desk_fixture *fixture, const char *stream)
{
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_read_stream(reader, slice_of(stream), INT64_MAX, READ_BACKWARD,
                                      (struct read_limit){1, 1}, &batch, NULL, &error));
    return strndup(batch.events[0].data.at, batch.events[0].data.length);
}

int64_t desk_fixture_head(const char *directory)
{
    AUTO(event_store) struct event_store *reader = NULL;
    struct checkpoint head = {0};
    assert_ok(own_log_open(directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_head(reader, &head, NULL, &error));
    return head.position;
}
