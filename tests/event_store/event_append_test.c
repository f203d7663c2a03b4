/* What storing a write set promises: order without gaps, all or nothing, times that never go back. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include "base/lock_file.h"

#include <unistd.h>

static void positions_and_versions_have_no_gap(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 30, 3);
    log_fixture_reopen(fixture);
    log_fixture_fill(fixture->log, 30, 3);
    assert_ok(
        event_store_read_after(fixture->log, 0, (struct read_limit){100, 1000000}, &batch, &error));
    assert_int_equal(batch.count, 60);
    for (size_t i = 0; i < batch.count; i++) {
        assert_int_equal(batch.events[i].position, i + 1);
        assert_int_equal(batch.events[i].version, i / 3 + 1);
    }
}

static struct event thing(const char *type)
{
    return (struct event){
        .type = slice_of(type), .id = slice_of("x"), .data = slice_of("1"), .meta = slice_of("{}")};
}

/* A set that expects another head is refused as a whole, even if its versions would do. */
static void a_set_is_stored_behind_its_expected_head_alone(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct write_set late;
    struct error error = {0};
    struct event event = thing("thing.late.v1");
    own_log_begin(log, &late);
    own_log_add(log, &late, "thing/2", 1, &event);
    log_fixture_append(log, "thing/1", "1");
    assert_int_equal(event_store_store(log, &late, &error), EVENT_STORE_NOT_STORED);
    assert_int_equal(error.code, ERR_OTHER_WRITER);
    assert_int_equal(log_fixture_head(log), 1);
    write_set_finish(&late);
}

static void a_set_that_is_refused_leaves_no_trace(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    struct write_set set;
    struct error error = {0};
    struct event event = thing("thing.undone.v1");
    log_fixture_append(log, "thing/1", "1");
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/2", 1, &event);
    write_set_add_event(&set, slice_of("thing/3"), 7, 1, &event); /* no such stream */
    assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_NOT_STORED);
    write_set_finish(&set);
    /* Position, stream number and type number of the lost ones are used again. */
    log_fixture_append(log, "thing/3", "2");
    assert_ok(event_store_read_after(log, 1, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.count, 1);
    assert_true(slice_is(batch.events[0].stream, "thing/3"));
    assert_true(slice_is(batch.events[0].type, "thing.done.v1"));
    assert_int_equal(batch.events[0].position, 2);
}

static void events_cut_off_a_set_are_not_stored(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    struct write_set set;
    struct event event = thing("thing.done.v1");
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/1", 1, &event);
    struct write_set_mark mark = write_set_mark(&set);
    for (int i = 0; i < 100; i++) {
        AUTO(text) struct text id = {0};
        text_printf(&id, "%d", i);
        own_log_add(log, &set, i % 2 ? "thing/1" : id.at, 1, &event);
        write_set_add_external(&set, slice_of("/till"), text_slice(&id));
    }
    write_set_cut(&set, &mark);
    assert_null(write_set_find_external(&set, slice_of("/till"), slice_of("7")));
    assert_null(write_set_find_stream(&set, slice_of("8")));
    own_log_add(log, &set, "thing/1", 1, &event);
    own_log_store(log, &set);
    assert_ok(event_store_read_after(log, 0, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.events[1].version, 2);
}

static void times_never_go_back(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(log, 10, 1); /* up to 1000009 */
    log_fixture_fill(log, 1, 1);  /* says 1000000 */
    assert_ok(event_store_read_after(log, 10, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.events[0].time_us, 1000009);
}

/* The hash was computed without annal, with Python's hashlib and struct, from the rule that
 * schema/event.h states. Every engine must give the same. */
static void a_fixed_history_gives_a_fixed_hash(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(text) struct text hash = {0};
    struct write_set set;
    struct checkpoint head;
    static const struct {
        const char *stream, *type, *id, *data, *meta;
        int64_t time_us;
    } rows[] = {
        {"thing/\xc3\xa5", "thing.begun.v1", "e-1", "{\"n\":1}", "{}", 1000000},
        {"other/1", "thing.done.v1", "e-2", "null", "{\"correlationid\":\"c\"}", 999999},
        {"thing/\xc3\xa5", "thing.done.v1", "e-3", "\"\xc3\xa6\"", "{}", 2000000},
    };
    own_log_begin(log, &set);
    for (size_t i = 0; i < 3; i++) {
        struct event event = {.type = slice_of(rows[i].type),
                              .id = slice_of(rows[i].id),
                              .data = slice_of(rows[i].data),
                              .meta = slice_of(rows[i].meta)};
        own_log_add(log, &set, rows[i].stream, rows[i].time_us, &event);
    }
    own_log_store(log, &set);
    assert_ok(event_store_head(log, &head, NULL, &error));
    text_add_hex(&hash, head.hash, EVENT_HASH_BYTES);
    assert_string_equal(hash.at,
                        "3f7c6c85c853d6410fe85068e587651c585b4fc808d469c153111c78a5d9a0e9");
}

static void the_log_keeps_its_id_and_head_when_it_is_opened_again(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text id = {0};
    struct checkpoint before, after;
    text_add(&id, event_store_log_id(fixture->log));
    assert_int_equal(id.length, ID_UUID_BYTES - 1);
    log_fixture_fill(fixture->log, 5, 2);
    assert_ok(event_store_head(fixture->log, &before, NULL, &error));
    log_fixture_reopen(fixture);
    int64_t time_us;
    assert_ok(event_store_head(fixture->log, &after, &time_us, &error));
    assert_string_equal(id.at, event_store_log_id(fixture->log));
    assert_string_equal(id.at, after.log_id);
    assert_int_equal(after.position, 5);
    assert_int_equal(time_us, 1000004);
    assert_memory_equal(before.hash, after.hash, EVENT_HASH_BYTES);
}

static void a_second_writer_is_refused_and_told_who_holds_the_log(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *second = NULL;
    struct error error = {0};
    char pid[32];
    assert_int_equal(own_log_open(fixture->directory, EVENT_STORE_WRITE, &second, &error),
                     ERR_LOCKED);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_text_contains(error.text, "annal commands");
    assert_text_contains(error.text, pid);
}

static void a_reader_finds_no_log_before_it_is_made(void **state)
{
    (void)state;
    const char *directory = test_directory_make();
    struct event_store *log = NULL;
    assert_err(ERR_NOT_FOUND, own_log_open(directory, EVENT_STORE_READ, &log, &error));
    test_directory_remove(directory);
}

static void a_log_of_a_newer_program_is_refused(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *log = NULL;
    assert_ok(db_execute(event_log_of(fixture->log)->db, "PRAGMA user_version = 99", &error));
    assert_err(ERR_DEFINITION, own_log_open(fixture->directory, EVENT_STORE_READ, &log, &error));
    event_store_close(fixture->log);
    fixture->log = NULL;
    assert_err(ERR_DEFINITION,
               own_log_open(fixture->directory, EVENT_STORE_WRITE, &fixture->log, &error));
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(positions_and_versions_have_no_gap),
        CLAIM(a_set_is_stored_behind_its_expected_head_alone),
        CLAIM(a_set_that_is_refused_leaves_no_trace),
        CLAIM(events_cut_off_a_set_are_not_stored),
        CLAIM(times_never_go_back),
        CLAIM(a_fixed_history_gives_a_fixed_hash),
        CLAIM(the_log_keeps_its_id_and_head_when_it_is_opened_again),
        CLAIM(a_second_writer_is_refused_and_told_who_holds_the_log),
        CLAIM(a_log_of_a_newer_program_is_refused),
        cmocka_unit_test(a_reader_finds_no_log_before_it_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
