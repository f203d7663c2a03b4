/* States come from the cache, matching snapshots and events, now or as of a version or time. */
#include "base/encoding.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"

#include "base/clock.h"
#include "base/json.h"
#include "write_model/state_fold.h"

#include <sys/stat.h>

/* The total that the next command finds. */
static void assert_total(struct desk_fixture *fixture, const char *id, int64_t total)
{
    AUTO(text) struct text stream = {0}, expected = {0};
    text_printf(&stream, "counter/%s", id);
    text_printf(&expected, "{\"n\":1,\"total\":%lld}", (long long)total + 1);
    desk_fixture_send(fixture, id, "add", "{}", OK);
    char *newest = desk_fixture_newest(fixture, stream.at);
    assert_string_equal(newest, expected.at);
    free(newest);
}

static void a_snapshot_is_used_with_the_events_after_it(void **state)
{
    struct desk_fixture *fixture = *state;
    fixture->options.snapshot_every = 10;
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{\"times\":13}", OK);
    desk_fixture_send(fixture, "A", "add", "{\"times\":2}", OK);
    /* A wrong state shows that the snapshot was read. */
    desk_fixture_tamper(fixture,
                        "UPDATE snapshots SET state = '{\"total\":1013,\"closed\":false}'");
    assert_total(fixture, "A", 1015);
}

static size_t size_of_something_large(const void *state)
{
    (void)state;
    return (size_t)30 * 1024;
}

static void a_large_state_is_written_less_often(void **state)
{
    struct desk_fixture *fixture = *state;
    size_t (*size)(const void *) = counter.size;
    counter.size = size_of_something_large; /* as costly as 30 events */
    fixture->options.snapshot_every = 10;
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{\"times\":29}", OK);
    desk_fixture_tamper(fixture,
                        "UPDATE snapshots SET state = '{\"total\":1029,\"closed\":false}'");
    assert_total(fixture, "A", 29);
    desk_fixture_tamper(fixture,
                        "UPDATE snapshots SET state = '{\"total\":1030,\"closed\":false}'");
    assert_total(fixture, "A", 1030);
    counter.size = size;
}

static void a_snapshot_of_another_format_is_ignored(void **state)
{
    struct desk_fixture *fixture = *state;
    fixture->options.snapshot_every = 10;
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{\"times\":13}", OK);
    counter.state_format++;
    desk_fixture_tamper(fixture, "UPDATE snapshots SET state = '{\"total\":1013}'");
    assert_total(fixture, "A", 13);
    counter.state_format--;
}

static void a_snapshot_of_other_schemas_or_damaged_is_ignored(void **state)
{
    struct desk_fixture *fixture = *state;
    fixture->options.snapshot_every = 10;
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{\"times\":13}", OK);
    desk_fixture_tamper(fixture, "UPDATE snapshots SET state = '{\"total\":1013'");
    assert_total(fixture, "A", 13);
    desk_fixture_tamper(fixture,
                        "UPDATE snapshots SET catalogue = 'x', state = '{\"total\":1013}'");
    assert_total(fixture, "A", 14);
    desk_fixture_tamper(fixture, "DELETE FROM snapshots");
    assert_total(fixture, "A", 15);
}

static void states_that_left_the_cache_are_loaded_again(void **state)
{
    struct desk_fixture *fixture = *state;
    fixture->options.cache_bytes = 500; /* two or three of them */
    desk_fixture_reopen(fixture);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 20; i++) {
            char id[16];
            snprintf(id, sizeof id, "C%d", i);
            desk_fixture_send(fixture, id, "add", "{}", OK);
        }
    assert_total(fixture, "C0", 3);
    assert_total(fixture, "C19", 3);
}

/* A state that leaves the cache during a batch is loaded from the log, with the events of the batch. */
static void a_state_that_left_the_cache_within_a_batch_is_loaded_again(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent hold, sent[30];
    fixture->options.cache_bytes = 500; /* two or three of them */
    desk_fixture_reopen(fixture);
    for (int i = 0; i < 5; i++) {
        char id[] = {(char)('A' + i), '\0'};
        desk_fixture_send(fixture, id, "add", "{\"times\":2}", OK);
    }
    sent_init(&hold, "H", "hold", "{}");
    sent_submit(&hold, fixture->desk);
    counter_wait_held();
    for (int i = 0; i < 30; i++) {
        char id[] = {(char)('A' + i % 5), '\0'};
        sent_init(&sent[i], id, "add", "{}");
        sent_submit(&sent[i], fixture->desk);
    }
    counter_release();
    for (int i = 0; i < 30; i++) {
        sent_wait(&sent[i]);
        assert_int_equal(sent[i].answer.version, 3 + i / 5);
        sent_finish(&sent[i]);
    }
    sent_wait(&hold);
    sent_finish(&hold);
    assert_total(fixture, "A", 8);
    assert_total(fixture, "E", 8);
}

/* The event at position 1 once more, as the stream's next. */
static void append_by_hand(const struct desk_fixture *fixture)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    AUTO(db) struct db *db = NULL;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_read_after(reader, 0, (struct read_limit){1, 1}, &batch, &error));
    struct event event = batch.events[0];
    struct sha256 *sha = sha256_create();
    event.position = event.version = 2;
    event_compute_hash(sha, batch.events[0].hash, &event, event.hash);
    sha256_destroy(sha);
    text_add(&sql, "INSERT INTO events SELECT 2, stream, 2, type, time, id, data, meta, x'");
    encoding_write_hex(event.hash, EVENT_HASH_BYTES, &sql);
    text_add(&sql, "' FROM events");
    text_printf(&path, "%s/events.db", fixture->directory);
    assert_ok(db_open_writer(path.at, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_ok(db_define_permit(db, "only_annal_appends", &error));
    assert_ok(db_execute(db, sql.at, &error));
}

/* Another program appends a valid event: nothing is stored after an event that the desk has not seen, and
 * the process must end. */
static void an_event_of_another_writer_stops_the_desk(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    append_by_hand(fixture);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_int_equal(sent.answer.err, ERR_OTHER_WRITER);
    sent_finish(&sent);
    assert_true(command_desk_failed(fixture->desk));
    assert_int_equal(desk_fixture_head(fixture->directory), 2);
    desk_fixture_reopen(fixture);
    assert_total(fixture, "A", 2);
    assert_int_equal(desk_fixture_head(fixture->directory), 3);
}

static int64_t total_at(struct event_store *log, const struct catalogue *catalogue, int64_t version,
                        int64_t at_us)
{
    AUTO(json) json_t *json = NULL;
    int64_t reached = 0;
    assert_ok(state_fold_load_json(log, catalogue, &counter, "A",
                                   (struct state_bound){version, at_us}, &json, &reached, &error));
    assert_int_equal(json_int_or(json, "total", -1), reached);
    return reached;
}

static void a_state_is_read_as_of_a_version_or_time(void **state)
{
    struct desk_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(json) json_t *json = NULL;
    int64_t version;
    fixture->options.snapshot_every = 4;
    desk_fixture_reopen(fixture);
    for (int i = 1; i <= 10; i++) {
        clock_set_for_test(i * 1000000);
        desk_fixture_send(fixture, "A", "add", "{}", OK);
    }
    clock_set_for_test(0);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    for (int trusting = 0; trusting < 2; trusting++) {
        const struct catalogue *catalogue = trusting ? fixture->catalogue : NULL;
        assert_int_equal(total_at(reader, catalogue, 0, 0), 10);
        assert_int_equal(total_at(reader, catalogue, 7, 0), 7);
        assert_int_equal(total_at(reader, catalogue, 9, 0), 9);
        assert_int_equal(total_at(reader, catalogue, 99, 0), 10);
        assert_int_equal(total_at(reader, catalogue, 0, 3000000), 3);
        assert_int_equal(total_at(reader, catalogue, 0, 3999999), 3);
        assert_int_equal(total_at(reader, catalogue, 0, 9000000), 9);
        assert_int_equal(total_at(reader, catalogue, 2, 9000000), 2);
        assert_err(ERR_NO_STREAM, state_fold_load_json(reader, catalogue, &counter, "A",
                                                       (struct state_bound){.at_us = 999999}, &json,
                                                       &version, &error));
        assert_err(ERR_NO_STREAM,
                   state_fold_load_json(reader, catalogue, &counter, "B", (struct state_bound){0},
                                        &json, &version, &error));
    }
}

static void assert_read_total(struct event_store *log, const struct catalogue *catalogue,
                              int64_t total)
{
    AUTO(json) json_t *json = NULL;
    int64_t version;
    assert_ok(state_fold_load_json(log, catalogue, &counter, "A", (struct state_bound){0}, &json,
                                   &version, &error));
    assert_int_equal(json_int_or(json, "total", -1), total);
}

/* Reads counter.added.v1 as v2, in which n is always `n`. */
static void use_versions(struct desk_fixture *fixture, const char *n, struct catalogue **ret)
{
    static const char *const folders[] = {"own", "own/events", "own/upcasters"};
    AUTO(text) struct text path = {0}, upcaster = {0};
    for (size_t i = 0; i < 3; i++) {
        text_clear(&path);
        text_printf(&path, "%s/%s", fixture->directory, folders[i]);
        mkdir(path.at, 0700);
    }
    text_printf(&upcaster,
                "{\"to\":\"counter.added.v2\",\"operations\":[{\"constant\":\"/n\",\"value\":%s}]}",
                n);
    const char *const files[][2] = {{"events/counter.added.v1.json", "true"},
                                    {"events/counter.added.v2.json", "true"},
                                    {"upcasters/counter.added.v1.json", upcaster.at}};
    for (size_t i = 0; i < 3; i++) {
        text_clear(&path);
        text_printf(&path, "%s/own/%s", fixture->directory, files[i][0]);
        test_file_write(path.at, files[i][1]);
    }
    text_clear(&path);
    text_printf(&path, "%s/own", fixture->directory);
    assert_ok(catalogue_open(NULL, path.at, ret, &error));
    fixture->options.catalogue = *ret;
    desk_fixture_reopen(fixture);
}

static void states_are_folded_from_upcast_events(void **state)
{
    struct desk_fixture *fixture = *state;
    AUTO(catalogue) struct catalogue *tens = NULL, *hundreds = NULL;
    AUTO(event_store) struct event_store *reader = NULL;
    fixture->options.snapshot_every = 2;
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{\"times\":3}", OK);
    use_versions(fixture, "10", &tens);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_read_total(reader, NULL, 3);
    assert_read_total(reader, tens, 30);
    assert_total(fixture, "A", 30); /* with a snapshot */
    use_versions(fixture, "100", &hundreds);
    assert_total(fixture, "A", 400); /* the snapshot belongs to another catalogue */
    fixture->options.catalogue = fixture->catalogue;
    desk_fixture_reopen(fixture);
}

static void an_event_that_cannot_be_upcast_stops_the_fold(void **state)
{
    struct desk_fixture *fixture = *state;
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    use_versions(fixture,
                 "1},{\"convert\":\"/total\",\"to\":\"text\"},"
                 "{\"move\":\"/n\",\"to\":\"/total/n\"",
                 &catalogue);
    desk_fixture_send(fixture, "A", "add", "{}", ERR_POISON);
    fixture->options.catalogue = fixture->catalogue;
    desk_fixture_reopen(fixture);
    assert_total(fixture, "A", 1); /* nothing was stored */
}

int main(void)
{
#define CLAIM(claim)                                                                               \
    cmocka_unit_test_setup_teardown(claim, desk_fixture_setup, desk_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_snapshot_is_used_with_the_events_after_it),
        CLAIM(a_large_state_is_written_less_often),
        CLAIM(a_snapshot_of_another_format_is_ignored),
        CLAIM(a_snapshot_of_other_schemas_or_damaged_is_ignored),
        CLAIM(states_that_left_the_cache_are_loaded_again),
        CLAIM(a_state_that_left_the_cache_within_a_batch_is_loaded_again),
        CLAIM(an_event_of_another_writer_stops_the_desk),
        CLAIM(a_state_is_read_as_of_a_version_or_time),
        CLAIM(states_are_folded_from_upcast_events),
        CLAIM(an_event_that_cannot_be_upcast_stops_the_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
