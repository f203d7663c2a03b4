/* Streams are found by name while they are new, while they are merged into the index, and afterwards; and adding
 * them writes few pages. */
#include "event_store/sqlite/event_log.h"
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include "base/hash.h"

#include <sys/stat.h>

#define RECENT 1000 /* before the writer merges */
#define MANY   5000 /* several rounds of the merge */
#define SET    100  /* streams of a write set */

/* "thing/…", in an order that has nothing to do with `number`. */
static void write_name(struct text *name, int number)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%d", number);
    text_clear(name);
    text_printf(name, "thing/%016llx", (unsigned long long)hash_bytes(0, slice_of(digits)));
}

static void add_named(struct event_store *log, int first, int count,
                      void (*write)(struct text *name, int number))
{
    AUTO(text) struct text name = {0};
    struct write_set set;
    struct event event = {.type = slice_of("thing.done.v1"),
                          .id = slice_of("11111111-2222-4333-8444-555555555555"),
                          .data = slice_of("{}"),
                          .meta = slice_of("{}")};
    own_log_begin(log, &set);
    for (int i = first; i < first + count; i++) {
        write(&name, i);
        own_log_add(log, &set, name.at, 1000000, &event);
    }
    own_log_store(log, &set);
}

static void add_streams(struct event_store *log, int first, int count)
{
    add_named(log, first, count, write_name);
}

static int merge_early(void **state)
{
    log_fixture_setup(state);
    struct log_fixture *fixture = *state;
    event_log_of(fixture->log)->names.most = RECENT;
    return 0;
}

static void assert_found(struct event_store *log, int number)
{
    AUTO(text) struct text name = {0};
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t version;
    write_name(&name, number);
    assert_ok(event_store_read_stream(log, text_slice(&name), 1, READ_FORWARD,
                                      (struct read_limit){10, 1000}, &batch, &version, &error));
    assert_int_equal(version, 1);
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.events[0].position, number + 1);
}

static void assert_not_found(struct event_store *log, int number)
{
    AUTO(text) struct text name = {0};
    AUTO(event_batch) struct event_batch batch = {0};
    write_name(&name, number);
    assert_err(ERR_NO_STREAM,
               event_store_read_stream(log, text_slice(&name), 1, READ_FORWARD,
                                       (struct read_limit){10, 1000}, &batch, NULL, &error));
}

static void assert_all_found(struct event_store *log, int count)
{
    for (int i = 0; i < count; i += 31)
        assert_found(log, i);
    assert_found(log, count - 1);
    assert_not_found(log, count);
}

static int64_t count_rows(struct log_fixture *fixture, const char *table)
{
    AUTO(text) struct text sql = {0};
    int64_t count;
    text_printf(&sql, "SELECT count(*) FROM %s", table);
    assert_ok(db_read_int(event_log_of(fixture->log)->db, sql.at, &count, &error));
    return count;
}

static void a_stream_is_found_before_and_after_it_is_merged(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *early = NULL, *late = NULL;
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &early, &error));
    add_streams(fixture->log, 0, SET);
    assert_all_found(early, SET);
    for (int i = SET; i < MANY; i += SET) {
        add_streams(fixture->log, i, SET);
        if (i % 2000 == 0)
            assert_all_found(early, i + SET);
    }
    assert_true(count_rows(fixture, "stream_names") > MANY / 2);
    assert_true(count_rows(fixture, "stream_names") < MANY);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &late, &error));
    assert_all_found(early, MANY);
    assert_all_found(late, MANY);
    assert_all_found(fixture->log, MANY);
}

static void a_log_that_is_opened_again_continues_the_merge(void **state)
{
    struct log_fixture *fixture = *state;
    for (int i = 0; i < MANY; i += SET) {
        add_streams(fixture->log, i, SET);
        if (i % 900 == 0)
            log_fixture_reopen(fixture);
        event_log_of(fixture->log)->names.most = RECENT;
    }
    assert_true(count_rows(fixture, "stream_names") > MANY / 2);
    log_fixture_reopen(fixture);
    assert_all_found(fixture->log, MANY);
    add_streams(fixture->log, MANY, SET);
    assert_all_found(fixture->log, MANY + SET);
}

struct listing {
    size_t count;
    char last[64];
};

static void take_id(void *context, struct slice id, int64_t version)
{
    struct listing *listing = context;
    char text[64];
    snprintf(text, sizeof text, "%.*s", SLICE(id));
    assert_int_equal(version, 1);
    assert_true(strcmp(listing->last, text) < 0);
    memcpy(listing->last, text, sizeof text);
    listing->count++;
}

static void a_category_lists_merged_and_new_streams_in_order_and_once(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    struct listing listing = {0};
    add_streams(fixture->log, 0, SET);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    assert_found(reader, 0); /* loads what is merged later */
    for (int i = SET; i < MANY; i += SET)
        add_streams(fixture->log, i, SET);
    for (size_t before = SIZE_MAX; before != listing.count;) {
        char after[64];
        before = listing.count;
        memcpy(after, listing.last, sizeof after);
        assert_ok(event_store_streams_of(reader, slice_of("thing"), slice_of(after), 1000, take_id,
                                         &listing, &error));
    }
    assert_int_equal(listing.count, MANY);
}

static int64_t wal_pages(const struct log_fixture *fixture)
{
    AUTO(text) struct text path = {0};
    struct stat status;
    int64_t page_bytes;
    text_printf(&path, "%s/%s-wal", fixture->directory, EVENT_LOG_FILE);
    assert_int_equal(stat(path.at, &status), 0);
    assert_ok(db_read_int(event_log_of(fixture->log)->db, "PRAGMA page_size", &page_bytes, &error));
    return status.st_size / page_bytes;
}

/* The index has about 200 pages: with each name added at once, a set would write some 80 of them. */
static void new_names_share_the_pages_that_they_write(void **state)
{
    struct log_fixture *fixture = *state;
    const int old = 20000, sets = 30;
    for (int i = 0; i < old; i += 1000)
        add_streams(fixture->log, i, 1000);
    struct db *db = event_log_of(fixture->log)->db;
    assert_ok(db_execute(db, "PRAGMA wal_autocheckpoint = 0", &error));
    assert_ok(db_checkpoint(db, &error));
    int64_t names = count_rows(fixture, "stream_names");
    for (int i = 0; i < sets; i++)
        add_streams(fixture->log, old + SET * i, SET);
    assert_true(count_rows(fixture, "stream_names") >= names + sets * SET);
    assert_in_range(wal_pages(fixture), 1, 40 * sets);
}

static void write_ascending(struct text *name, int number)
{
    text_clear(name);
    text_printf(name, "thing/%08d", number);
}

/* Each new name comes after all names of the round. */
static void a_round_ends_also_with_names_in_ascending_order(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t through;
    for (int i = 0; i < MANY; i += SET)
        add_named(fixture->log, i, SET, write_ascending);
    assert_ok(db_read_int(event_log_of(fixture->log)->db,
                          "SELECT through FROM stream_names_complete", &through, &error));
    assert_in_range(through, MANY - 2 * RECENT - 2 * SET, MANY);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    assert_err(ERR_NO_STREAM,
               event_store_read_stream(reader, slice_of("thing/none"), 1, READ_FORWARD,
                                       (struct read_limit){10, 1000}, &batch, NULL, &error));
    assert_int_equal(event_log_of(reader)->names.count, MANY - through);
}

/* After an error of a read SQLite rolls back, and with it what was added to the table in memory. */
static void a_reader_finds_streams_after_sqlite_has_rolled_back(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    struct event_log *log = event_log_of(reader);
    add_streams(fixture->log, 0, SET);
    assert_ok(db_begin_reading(log->db, &error));
    assert_ok(stream_names_catch_up(log, &error));
    db_rollback(log->db);
    assert_int_not_equal(event_log_end_reading(log, NULL), OK);
    assert_all_found(reader, SET);
}

static void two_streams_of_one_name_are_damage(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 6, 2);
    AUTO(db) struct db *raw = log_edit_open(fixture->directory);
    assert_ok(db_execute(raw,
                         "DROP TRIGGER streams_are_added_by_annal;"
                         "INSERT INTO streams VALUES (3, 'thing', '1')",
                         &error));
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    assert_err(ERR_CORRUPT,
               event_store_read_stream(reader, slice_of("thing/1"), 1, READ_FORWARD,
                                       (struct read_limit){10, 1000}, &batch, NULL, &error));
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, merge_early, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_stream_is_found_before_and_after_it_is_merged),
        CLAIM(a_log_that_is_opened_again_continues_the_merge),
        CLAIM(a_category_lists_merged_and_new_streams_in_order_and_once),
        CLAIM(new_names_share_the_pages_that_they_write),
        CLAIM(a_round_ends_also_with_names_in_ascending_order),
        CLAIM(a_reader_finds_streams_after_sqlite_has_rolled_back),
        CLAIM(two_streams_of_one_name_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
