/* A long WAL is truncated as soon as no reader uses it, and a reader that stays costs little. */
#include "base/wal_bound.h"

#include "tests/support/claims.h"

#include <sys/stat.h>

struct fixture {
    const char *directory;
    char *path;
    struct db *writer, *reader;
    struct wal_bound bound;
};

static int setup(void **state)
{
    AUTO(text) struct text path = {0};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    REQUIRE(fixture);
    fixture->directory = test_directory_make();
    text_printf(&path, "%s/a.db", fixture->directory);
    fixture->path = text_take(&path);
    wal_bound_init(&fixture->bound, fixture->path);
    assert_ok(db_open_writer(fixture->path, DB_EVENTS, DB_VOLATILE, &fixture->writer, &error));
    assert_ok(db_execute(fixture->writer,
                         "PRAGMA busy_timeout = 100; CREATE TABLE t (a); INSERT INTO t VALUES (1)",
                         &error));
    assert_ok(db_open_reader(fixture->path, DB_EVENTS, &fixture->reader, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    wal_bound_finish(&fixture->bound);
    db_close(fixture->reader);
    db_close(fixture->writer);
    free(fixture->path);
    test_directory_remove(fixture->directory);
    free(fixture);
    return 0;
}

static int64_t wal_bytes(const struct fixture *fixture)
{
    struct stat status;
    return stat(fixture->bound.path, &status) == 0 ? status.st_size : 0;
}

/* Writes until the WAL is too long; a reader's transaction keeps SQLite from restarting it. */
static void grow(struct fixture *fixture)
{
    assert_ok(db_execute(fixture->reader, "BEGIN; SELECT a FROM t", &error));
    for (int i = 0; i < 20 && wal_bytes(fixture) < WAL_BOUND_BYTES; i++)
        assert_ok(db_execute(fixture->writer, "UPDATE t SET a = randomblob(8000000)", &error));
    assert_true(wal_bytes(fixture) >= WAL_BOUND_BYTES);
}

static void a_long_wal_is_truncated_when_its_readers_are_gone(void **state)
{
    struct fixture *fixture = *state;
    grow(fixture);
    assert_ok(db_execute(fixture->reader, "COMMIT", &error));
    wal_bound_check(&fixture->bound, fixture->writer);
    assert_int_equal(wal_bytes(fixture), 0);
}

static void a_reader_that_stays_is_waited_for_only_after_the_back_off(void **state)
{
    struct fixture *fixture = *state;
    struct breaker *breaker = &fixture->bound.breaker;
    grow(fixture);
    wal_bound_check(&fixture->bound, fixture->writer);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(fixture->bound.tries, i);
        assert_int_equal(breaker->backoff.tries, i); /* each doubles the bound of the next wait */
        breaker->open_until_ms = INT64_MAX;
        for (int n = 0; n < 100; n++)
            wal_bound_check(&fixture->bound, fixture->writer);
        assert_int_equal(fixture->bound.tries, i);
        breaker->open_until_ms = 0;
        wal_bound_check(&fixture->bound, fixture->writer);
    }
    assert_true(fixture->bound.bytes >= WAL_BOUND_BYTES);
    int64_t busy_ms = 0;
    assert_ok(db_read_int(fixture->writer, "PRAGMA busy_timeout", &busy_ms, &error));
    assert_int_equal(busy_ms, 100); /* unchanged */
    assert_ok(db_execute(fixture->reader, "COMMIT", &error));
}

static void a_reader_that_stays_and_its_end_are_logged_once(void **state)
{
    struct fixture *fixture = *state;
    struct breaker *breaker = &fixture->bound.breaker;
    grow(fixture);
    wal_bound_check(&fixture->bound, fixture->writer);
    assert_true(breaker_is_open(breaker));
    assert_int_equal(breaker->reported, 0);
    breaker->failing_since_ms -= WAL_BOUND_REPORT_MS; /* as if it had stayed for long */
    breaker->open_until_ms = 0;
    wal_bound_check(&fixture->bound, fixture->writer);
    assert_int_not_equal(breaker->reported, 0);
    assert_ok(db_execute(fixture->reader, "COMMIT", &error));
    breaker->open_until_ms = 0;
    wal_bound_check(&fixture->bound, fixture->writer);
    assert_false(breaker_is_open(breaker));
    assert_int_equal(breaker->reported, 0);
    assert_int_equal(fixture->bound.bytes, 0);
}

static void a_short_wal_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    int64_t before = wal_bytes(fixture);
    assert_true(before > 0);
    wal_bound_check(&fixture->bound, fixture->writer);
    assert_int_equal(wal_bytes(fixture), before);
}

static void write_page(struct fixture *fixture)
{
    assert_ok(db_execute(fixture->writer, "UPDATE t SET a = randomblob(3000)", &error));
    wal_bound_check(&fixture->bound, fixture->writer);
}

static void a_commit_does_not_copy_but_the_check_after_many_pages_does(void **state)
{
    struct fixture *fixture = *state;
    db_copy_later(fixture->writer);
    for (int i = 0; i < 3000; i++)
        assert_ok(db_execute(fixture->writer, "UPDATE t SET a = randomblob(3000)", &error));
    assert_true(wal_bytes(fixture) > 3000L * 4096); /* SQLite alone would have begun it again */
    write_page(fixture);
    int64_t longest = wal_bytes(fixture);
    assert_true(fixture->bound.copied > 3000);
    for (int i = 0; i < 3000; i++)
        write_page(fixture);
    assert_int_equal(wal_bytes(fixture), longest); /* used again from the beginning */
}

static void a_writer_under_load_copies_larger_portions(void **state)
{
    struct fixture *fixture = *state;
    db_copy_later(fixture->writer);
    fixture->bound.pages = WAL_BOUND_BUSY_PAGES;
    while (db_wal_pages(fixture->writer) < WAL_BOUND_BUSY_PAGES - 2)
        write_page(fixture);
    assert_int_equal(fixture->bound.copied, 0);
    fixture->bound.pages = WAL_BOUND_PAGES; /* the load is over */
    write_page(fixture);
    assert_int_equal(fixture->bound.copied, db_wal_pages(fixture->writer));
}

/* A reader keeps the WAL from being begun again: pages are copied in portions, not with each COMMIT. */
static void each_page_is_copied_once_while_a_reader_stays(void **state)
{
    struct fixture *fixture = *state;
    int portions = 0;
    db_copy_later(fixture->writer);
    write_page(fixture);
    assert_ok(db_execute(fixture->reader, "BEGIN; SELECT a FROM t", &error));
    assert_ok(db_execute(fixture->reader, "COMMIT; BEGIN; SELECT a FROM t", &error));
    for (int i = 0, copied = 0; i < 5 * WAL_BOUND_PAGES; i++) {
        if (i % 50 == 0)
            assert_ok(db_execute(fixture->reader, "COMMIT; BEGIN; SELECT a FROM t", &error));
        write_page(fixture);
        portions += fixture->bound.copied > copied;
        copied = fixture->bound.copied;
    }
    assert_in_range(portions, 3, 10);
    assert_ok(db_execute(fixture->reader, "COMMIT", &error));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_long_wal_is_truncated_when_its_readers_are_gone),
        CLAIM(a_reader_that_stays_is_waited_for_only_after_the_back_off),
        CLAIM(a_reader_that_stays_and_its_end_are_logged_once),
        CLAIM(a_short_wal_is_left_alone),
        CLAIM(a_commit_does_not_copy_but_the_check_after_many_pages_does),
        CLAIM(a_writer_under_load_copies_larger_portions),
        CLAIM(each_page_is_copied_once_while_a_reader_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
