#include "tests/support/claims.h"

#include "base/backoff.h"
#include "base/lock_file.h"
#include "base/statement.h"

#include <sys/wait.h>
#include <unistd.h>

static const char *directory;

static int make_directory(void **state)
{
    (void)state;
    directory = test_directory_make();
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

static char *path_of(const char *name)
{
    struct text path = {0};
    text_printf(&path, "%s/%s", directory, name);
    return text_take(&path);
}

static void a_reader_cannot_write(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("readonly.db");
    AUTO(db) struct db *writer = NULL;
    AUTO(db) struct db *reader = NULL;
    assert_ok(db_open_writer(path, DB_EVENTS, DB_DURABLE, &writer, &error));
    assert_ok(db_execute(writer, "CREATE TABLE t (a)", &error));
    assert_ok(db_open_reader(path, DB_EVENTS, &reader, &error));
    struct error error = {0};
    assert_int_not_equal(db_execute(reader, "INSERT INTO t VALUES (1)", &error), OK);
    assert_text_contains(error.text, "readonly");
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("nowhere.db");
    struct db *db = NULL;
    assert_err(ERR_NOT_FOUND, db_open_reader(path, DB_EVENTS, &db, &error));
}

static void a_file_of_another_kind_is_rejected(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("kind.db");
    struct db *sagas = NULL, *none = NULL;
    assert_ok(db_open_writer(path, DB_SAGAS, DB_DURABLE, &sagas, &error));
    db_close(sagas);
    struct error error = {0};
    assert_int_equal(db_open_reader(path, DB_EVENTS, &none, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "this is not annal's log");
    assert_int_equal(db_open_writer(path, DB_EVENTS, DB_DURABLE, &none, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "0x616e6c53, not 0x616e6c45");
}

static void a_file_without_a_schema_gets_its_kind(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("empty.db");
    AUTO(db) struct db *writer = NULL, *reader = NULL;
    int64_t id = 0;
    test_file_write(path, "");
    assert_ok(db_open_reader(path, DB_SAGAS, &reader, &error));
    assert_ok(db_open_writer(path, DB_SAGAS, DB_DURABLE, &writer, &error));
    assert_ok(db_read_int(writer, "PRAGMA application_id", &id, &error));
    assert_int_equal(id, 0x616e6c53); /* "anlS" */
}

static void a_file_that_is_not_a_database_is_corrupt(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("garbage.db");
    test_file_write(path, "this is certainly not a database, and long enough to be looked at: "
                          "0123456789012345678901234567890123456789");
    struct db *db = NULL;
    assert_err(ERR_CORRUPT, db_open_writer(path, DB_EVENTS, DB_DURABLE, &db, &error));
}

static void a_writer_uses_the_given_vfs(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("vfs.db");
    AUTO(db) struct db *db = NULL;
    assert_ok(db_open_writer_on_vfs(path, DB_EVENTS, DB_VOLATILE, "unix", &db, &error));
    assert_ok(db_execute(db, "CREATE TABLE t (a)", &error));
    struct db *none = NULL;
    assert_int_not_equal(
        db_open_writer_on_vfs(path, DB_EVENTS, DB_VOLATILE, "no such", &none, NULL), OK);
}

static void a_wrong_statement_reports_the_offset_of_its_fault(void **state)
{
    (void)state;
    AUTO(db) struct db *db = NULL;
    struct statement *statement = NULL;
    assert_ok(db_open_memory(&db, &error));
    assert_int_not_equal(statement_prepare(db, "SELECT 1,\n  nothing", &statement, NULL), OK);
    assert_int_equal(db_error_offset(db), 12);
}

static void a_schema_is_created_once_and_as_a_whole(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("create.db");
    AUTO(db) struct db *db = NULL;
    const char *good = "CREATE TABLE one (a); INSERT INTO one VALUES (7)";
    int64_t number;
    assert_ok(db_open_writer(path, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_err(ERR_POISON,
               db_create(db, "CREATE TABLE one (a); INSERT INTO nowhere VALUES (1)", 2, &error));
    assert_err(ERR_POISON, db_execute(db, "SELECT * FROM one", &error));
    assert_ok(db_create(db, good, 2, &error));
    assert_ok(db_create(db, good, 2, &error));
    assert_ok(db_read_int(db, "SELECT count(*) FROM one", &number, &error));
    assert_int_equal(number, 1);
    assert_ok(db_read_int(db, "PRAGMA user_version", &number, &error));
    assert_int_equal(number, 2);
}

static void a_file_of_another_schema_version_is_rejected_with_advice(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("version.db");
    AUTO(db) struct db *db = NULL;
    struct error why = {0};
    assert_ok(db_open_writer(path, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db, "PRAGMA user_version = 9", &error));
    assert_int_equal(db_create(db, "CREATE TABLE one (a)", 3, &why), ERR_DEFINITION);
    assert_text_contains(why.text, "version.db has schema version 9");
    assert_text_contains(why.text, "use a newer annal");
    assert_ok(db_execute(db, "PRAGMA user_version = 2", &error));
    assert_int_equal(db_create(db, "CREATE TABLE one (a)", 3, &why), ERR_DEFINITION);
    assert_text_contains(why.text, "needs version 3");
    assert_text_contains(why.text, "run the annal that made it");
}

/* A deferred foreign key makes the COMMIT fail and leaves the transaction open. */
static void ending_a_read_transaction_closes_it_even_if_its_commit_fails(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("reading.db");
    AUTO(db) struct db *db = NULL;
    assert_ok(db_open_writer(path, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db,
                         "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                         "CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY "
                         "DEFERRED)",
                         &error));
    assert_ok(db_begin_reading(db, &error));
    assert_ok(db_execute(db, "INSERT INTO child VALUES (1)", &error));
    assert_err(ERR_POISON, db_end_reading(db, &error));
    assert_ok(db_begin_reading(db, &error));
    assert_ok(db_end_reading(db, &error));
}

static void a_lock_names_its_holder(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("locked.db");
    struct lock_file *first = NULL, *second = NULL;
    struct error error = {0};
    char holder[LOCK_HOLDER_BYTES];
    assert_ok(lock_file_find_holder(path, holder, &error));
    assert_string_equal(holder, "");
    assert_ok(lock_file_take(path, "annal commands", &first, &error));
    assert_int_equal(lock_file_take(path, "annal commands", &second, &error), ERR_LOCKED);
    assert_text_contains(error.text, "annal commands, pid ");
    assert_ok(lock_file_find_holder(path, holder, &error));
    assert_int_equal(strncmp(holder, "annal commands, pid ", 20), 0);
    lock_file_release(first);
    assert_ok(lock_file_find_holder(path, holder, &error));
    assert_string_equal(holder, "");
    assert_ok(lock_file_take(path, "annal commands", &second, &error));
    lock_file_release(second);
}

/* Writes to the WAL are collected, but not beyond the end of a transaction. */
static void a_commit_is_visible_at_once_with_each_durability(void **state)
{
    (void)state;
    static const char *const names[] = {
        [DB_DURABLE] = "durable.db", [DB_ORDERED] = "ordered.db", [DB_VOLATILE] = "volatile.db"};
    for (int durability = DB_DURABLE; durability <= DB_VOLATILE; durability++) {
        AUTO(string) char *path = path_of(names[durability]);
        AUTO(db) struct db *writer = NULL;
        AUTO(db) struct db *reader = NULL;
        assert_ok(
            db_open_writer(path, DB_READ_MODEL, (enum db_durability)durability, &writer, &error));
        assert_ok(db_execute(writer, "CREATE TABLE t (a)", &error));
        assert_ok(db_open_reader(path, DB_READ_MODEL, &reader, &error));
        for (int64_t rows = 1; rows <= 20; rows++) { /* of one page to 80 */
            int64_t seen = 0;
            AUTO(text) struct text insert = {0};
            text_printf(&insert, "INSERT INTO t VALUES (zeroblob(%lld))", (long long)rows * 16384);
            assert_ok(db_execute(writer, insert.at, &error));
            assert_ok(db_read_int(reader, "SELECT count(*) FROM t", &seen, &error));
            assert_int_equal(seen, rows);
        }
    }
}

/* What a process that is killed after a COMMIT leaves. Another process copies the files: closing a descriptor of
 * them would drop the locks of this one. */
static int64_t sum_in_a_copy(const char *path)
{
    AUTO(db) struct db *copy = NULL;
    AUTO(string) char *to = path_of("copy.db");
    AUTO(text) struct text command = {0};
    int64_t sum = 0;
    text_printf(&command, "cp %s %s && cp %s-wal %s-wal", path, to, path, to);
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command.at, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(db_open_writer(to, DB_READ_MODEL, DB_ORDERED, &copy, &error));
    assert_ok(db_read_int(copy, "SELECT sum(b) FROM t", &sum, &error));
    return sum;
}

/* The cache is too small for the transaction: SQLite writes pages before COMMIT, and some of them again. */
static void a_commit_is_in_the_file_although_its_pages_were_written_twice(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("spilled.db");
    AUTO(db) struct db *writer = NULL;
    assert_ok(db_open_writer(path, DB_READ_MODEL, DB_ORDERED, &writer, &error));
    assert_ok(db_execute(writer,
                         "PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 0;"
                         "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c);"
                         "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
                         "INSERT INTO t SELECT i, 0, zeroblob(2000) FROM n",
                         &error));
    for (int64_t round = 1; round <= 5; round++) {
        assert_ok(db_begin(writer, &error));
        assert_ok(db_execute(writer, "UPDATE t SET b = b + 1; UPDATE t SET b = b + 1", &error));
        assert_ok(db_commit(writer, &error));
        assert_int_equal(sum_in_a_copy(path), 2 * 300 * round);
    }
}

/* Frames of a transaction that was rolled back must not be written where another connection has written since. */
static void a_rollback_leaves_nothing_to_be_written(void **state)
{
    (void)state;
    AUTO(string) char *path = path_of("rolled-back.db");
    AUTO(db) struct db *writer = NULL, *other = NULL;
    int64_t sum = 0;
    assert_ok(db_open_writer(path, DB_READ_MODEL, DB_ORDERED, &writer, &error));
    assert_ok(db_execute(writer,
                         "PRAGMA cache_size = 10; PRAGMA wal_autocheckpoint = 0;"
                         "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c);"
                         "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)"
                         "INSERT INTO t SELECT i, 0, zeroblob(2000) FROM n",
                         &error));
    assert_ok(
        db_checkpoint(writer, &error)); /* no page is read from the WAL, which would write first */
    assert_ok(db_open_writer(path, DB_READ_MODEL, DB_ORDERED, &other, &error));
    assert_ok(db_begin(writer, &error));
    assert_ok(db_execute(writer, "UPDATE t SET b = 7", &error));
    db_rollback(writer);
    assert_ok(db_execute(other, "UPDATE t SET b = 1", &error));
    assert_ok(db_read_int(writer, "SELECT sum(b) FROM t", &sum, &error));
    assert_int_equal(sum, 30);
    assert_int_equal(sum_in_a_copy(path), 30);
}

static void waits_stay_below_a_bound_that_doubles(void **state)
{
    (void)state;
    struct backoff backoff = {.first_ms = 100, .longest_ms = 1000};
    for (int64_t bound = 100, i = 0; i < 80; i++, bound = bound < 500 ? bound * 2 : 1000) {
        int64_t ms = backoff_next_ms(&backoff);
        assert_true(ms >= 0 && ms <= bound);
    }
    backoff_reset(&backoff);
    assert_true(backoff_next_ms(&backoff) <= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_cannot_write),
        cmocka_unit_test(a_missing_file_is_not_found),
        cmocka_unit_test(a_file_of_another_kind_is_rejected),
        cmocka_unit_test(a_file_without_a_schema_gets_its_kind),
        cmocka_unit_test(a_file_that_is_not_a_database_is_corrupt),
        cmocka_unit_test(a_writer_uses_the_given_vfs),
        cmocka_unit_test(a_wrong_statement_reports_the_offset_of_its_fault),
        cmocka_unit_test(a_schema_is_created_once_and_as_a_whole),
        cmocka_unit_test(a_file_of_another_schema_version_is_rejected_with_advice),
        cmocka_unit_test(ending_a_read_transaction_closes_it_even_if_its_commit_fails),
        cmocka_unit_test(a_lock_names_its_holder),
        cmocka_unit_test(a_commit_is_visible_at_once_with_each_durability),
        cmocka_unit_test(a_commit_is_in_the_file_although_its_pages_were_written_twice),
        cmocka_unit_test(a_rollback_leaves_nothing_to_be_written),
        cmocka_unit_test(waits_stay_below_a_bound_that_doubles),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
