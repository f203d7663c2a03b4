/* One generation: rows and checkpoint commit together, a failing handler undoes its own event and
 * nothing else, and the file knows its definition. */
#include "base/statement.h"
#include "read_model/definition/guard.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#include <unistd.h>

/* created: two statements; placed: one statement of many rows; cancelled: two sections. */
#define COUNTS                                                                                     \
    "-- schema\n"                                                                                  \
    "CREATE TABLE seen (id TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;\n"         \
    "CREATE TABLE lines (id TEXT, line INTEGER CHECK (line < 100), PRIMARY KEY (id, line)) "       \
    "STRICT;\n"                                                                                    \
    "-- on loan.opened.v1\n"                                                                       \
    "INSERT INTO seen VALUES (:id, 0) ON CONFLICT DO UPDATE SET n = n + 1;\n"                      \
    "INSERT INTO lines VALUES (:id, :data ->> 'openedAt');\n"                                      \
    "-- on loan.requested.v1\n"                                                                    \
    "INSERT INTO lines SELECT :id, value ->> 'line' FROM json_each(:data, '$.books');\n"           \
    "-- on loan.cancelled.v1, loan.lent.v1\n"                                                      \
    "DELETE FROM lines WHERE id = :id;\n"                                                          \
    "-- on loan.cancelled.v1\n"                                                                    \
    "UPDATE seen SET n = :data ->> 'total' WHERE id = :id;\n"

static const char *both_tables(struct model_fixture *fixture)
{
    return model_fixture_rows(fixture, "SELECT 'seen', id, n FROM seen UNION ALL "
                                       "SELECT 'line', id, line FROM lines");
}

static void an_event_runs_all_statements_of_its_type_and_no_others(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "counts", COUNTS);
    assert_ok(
        model_fixture_apply(fixture, "loan/A", 1, "loan.opened.v1", "{\"openedAt\":1}", &error));
    assert_ok(
        model_fixture_apply(fixture, "loan/B", 1, "loan.opened.v1", "{\"openedAt\":2}", &error));
    assert_ok(model_fixture_apply(fixture, "loan/A", 2, "loan.returned.v1", "{}", &error));
    assert_string_equal(both_tables(fixture), "seen|A|0\nseen|B|0\nline|A|1\nline|B|2\n");
    assert_ok(model_fixture_apply(fixture, "loan/A", 3, "loan.lent.v1", "{}", &error));
    assert_string_equal(both_tables(fixture), "seen|A|0\nseen|B|0\nline|B|2\n");
    assert_ok(
        model_fixture_apply(fixture, "loan/B", 3, "loan.cancelled.v1", "{\"total\":7}", &error));
    assert_string_equal(both_tables(fixture), "seen|A|0\nseen|B|7\n");
}

static void poison_undoes_all_statements_of_its_event(void **state)
{
    struct model_fixture *fixture = *state;
    struct error error = {0};
    model_fixture_open(fixture, "counts", COUNTS);
    assert_int_equal(model_fixture_apply(fixture, "loan/A", 1, "loan.opened.v1",
                                         "{\"openedAt\":\"text\"}", &error),
                     ERR_POISON);
    assert_string_equal(both_tables(fixture), "");
    assert_text_contains(error.text, "counts.sql:6: event 1, loan.opened.v1 of loan/A: ");
    assert_text_contains(error.text, "cannot store TEXT value in INTEGER column lines.line");
    assert_err(ERR_POISON,
               model_fixture_apply(fixture, "loan/A", 1, "loan.opened.v1", "not json", &error));
    assert_string_equal(both_tables(fixture), "");
}

static void poison_undoes_a_statement_of_many_rows(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "counts", COUNTS);
    assert_err(ERR_POISON, model_fixture_apply(
                               fixture, "loan/A", 1, "loan.requested.v1",
                               "{\"books\":[{\"line\":1},{\"line\":2},{\"line\":500}]}", &error));
    assert_err(ERR_POISON, model_fixture_apply(fixture, "loan/A", 1, "loan.requested.v1",
                                               "{\"books\":[{\"line\":1},{\"line\":1}]}", &error));
    assert_string_equal(both_tables(fixture), "");
}

static struct event event_of(int64_t position, const char *type, const char *data)
{
    return (struct event){.position = position,
                          .version = position,
                          .stream = slice_of("loan/A"),
                          .type = slice_of(type),
                          .id = slice_of("id"),
                          .data = slice_of(data),
                          .meta = slice_of("{}")};
}

static void poison_leaves_the_events_before_it_in_the_transaction(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "counts", COUNTS);
    struct event good = event_of(1, "loan.opened.v1", "{\"openedAt\":1}");
    struct event bad = event_of(2, "loan.opened.v1", "{\"openedAt\":1}");
    struct event more = event_of(3, "loan.requested.v1", "{\"books\":[{\"line\":2}]}");
    struct checkpoint checkpoint = {.log_id = "log", .position = 3, .hash = {1, 2, 3}};
    assert_ok(model_store_begin(fixture->store, &error));
    assert_ok(model_store_apply(fixture->store, &good, &error));
    assert_err(ERR_POISON, model_store_apply(fixture->store, &bad, &error));
    assert_ok(model_store_apply(fixture->store, &more, &error));
    assert_ok(model_store_commit(fixture->store, &checkpoint, &error));
    assert_string_equal(both_tables(fixture), "seen|A|0\nline|A|1\nline|A|2\n");
}

static void assert_same_checkpoint(const struct checkpoint *a, const struct checkpoint *b)
{
    assert_string_equal(a->log_id, b->log_id);
    assert_int_equal(a->position, b->position);
    assert_memory_equal(a->hash, b->hash, sizeof a->hash);
}

static void a_rolled_back_transaction_leaves_rows_and_checkpoint_as_they_were(void **state)
{
    struct model_fixture *fixture = *state;
    struct checkpoint before = {.log_id = "log", .position = 1, .hash = {9}}, after;
    struct event event = event_of(1, "loan.opened.v1", "{\"openedAt\":1}");
    model_fixture_open(fixture, "counts", COUNTS);
    assert_ok(model_store_checkpoint(fixture->store, &after, &error));
    assert_string_equal(after.log_id, "");
    assert_int_equal(after.position, 0);
    assert_ok(model_store_begin(fixture->store, &error));
    assert_ok(model_store_commit(fixture->store, &before, &error));
    assert_ok(model_store_begin(fixture->store, &error));
    assert_ok(model_store_apply(fixture->store, &event, &error));
    model_store_rollback(fixture->store);
    model_store_rollback(fixture->store); /* does no harm */
    assert_string_equal(both_tables(fixture), "");
    assert_ok(model_store_checkpoint(fixture->store, &after, &error));
    assert_same_checkpoint(&before, &after);
}

static void a_store_opens_again_with_its_rows_checkpoint_state_and_definition(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(string) char *path = model_fixture_path(fixture, "again.db");
    AUTO(model_store) struct model_store *store = NULL;
    AUTO(text) struct text hash = {0};
    struct checkpoint checkpoint = {.log_id = "log", .position = 5, .hash = {7}}, read;
    struct event event = event_of(5, "loan.opened.v1", "{\"openedAt\":1}");
    enum generation_state generation;
    int64_t successor = -1;
    model_fixture_open(fixture, "counts", COUNTS);
    assert_ok(model_store_create(path, fixture->model, DB_DURABLE, &store, &error));
    assert_ok(model_store_state(store, &generation, &successor, &error));
    assert_int_equal(generation, GENERATION_BUILDING);
    assert_int_equal(successor, 0);
    assert_ok(model_store_begin(store, &error));
    assert_ok(model_store_apply(store, &event, &error));
    assert_ok(model_store_set_state(store, GENERATION_RETIRED, 8, &error));
    assert_ok(model_store_commit(store, &checkpoint, &error));
    model_store_close(store);
    store = NULL;
    assert_ok(model_store_open(path, DB_DURABLE, &store, &error));
    assert_string_equal(model_name(model_store_model(store)), "counts");
    assert_string_equal(model_text(model_store_model(store)).at, COUNTS);
    assert_string_equal(model_definition_hash(model_store_model(store)),
                        model_definition_hash(fixture->model));
    assert_ok(model_store_checkpoint(store, &read, &error));
    assert_same_checkpoint(&checkpoint, &read);
    assert_ok(model_store_state(store, &generation, &successor, &error));
    assert_int_equal(generation, GENERATION_RETIRED);
    assert_int_equal(successor, 8);
    int64_t rows = 0;
    assert_ok(db_read_int(model_store_db(store), "SELECT count(*) FROM seen", &rows, &error));
    assert_int_equal(rows, 1);
    model_store_close(store);
    store = NULL;
    assert_ok(model_store_open(path, DB_DURABLE, &store, &error));
    assert_ok(model_store_begin(store, &error));
    event.position = 6;
    assert_err(ERR_POISON, model_store_apply(store, &event, &error));
    model_store_rollback(store);
}

static void a_store_is_never_created_over_a_file(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(string) char *path = model_fixture_path(fixture, "there.db");
    struct model_store *store = NULL;
    model_fixture_open(fixture, "counts", COUNTS);
    test_file_write(path, "something of somebody");
    assert_err(ERR_INTERNAL, model_store_create(path, fixture->model, DB_DURABLE, &store, &error));
    AUTO(string) char *content = test_file_read(path);
    assert_string_equal(content, "something of somebody");
}

static void execute(const char *path, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    assert_ok(db_open_writer(path, DB_READ_MODEL, DB_VOLATILE, &db, &error));
    assert_ok(db_execute(db, sql, &error));
}

static void refuse_open(const char *path, enum err expected, const char *message)
{
    struct model_store *store = NULL;
    struct error error = {0};
    assert_int_equal(model_store_open(path, DB_DURABLE, &store, &error), expected);
    assert_text_contains(error.text, message);
    assert_text_contains(error.text, path);
}

static void kinds_of_damaged_files_are_distinguished(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(string) char *path = model_fixture_path(fixture, "broken.db");
    AUTO(model_store) struct model_store *store = NULL;
    refuse_open(path, ERR_NOT_FOUND, "file not found");
    assert_int_not_equal(access(path, F_OK), 0); /* and it was not made */
    test_file_write(path, "this is not a database, but it is long enough to look at: "
                          "0123456789012345678901234567890123456789012345678901234567890123456789");
    refuse_open(path, ERR_CORRUPT, "not a database");
    test_file_write(path, "");
    refuse_open(path, ERR_CORRUPT, "not a complete file of a read model");
    execute(path, "CREATE TABLE other (a)");
    refuse_open(path, ERR_CORRUPT, "not a complete file of a read model");
    unlink(path);
    model_fixture_open(fixture, "counts", COUNTS);
    assert_ok(model_store_create(path, fixture->model, DB_DURABLE, &store, &error));
    model_store_close(store);
    store = NULL;
    execute(path, "DROP TABLE seen");
    refuse_open(path, ERR_CORRUPT, "the tables do not match the stored definition");
    execute(path, "UPDATE annal_definition SET text = '-- schema'");
    refuse_open(path, ERR_CORRUPT, "the stored definition is not valid");
}

static void a_lost_checkpoint_is_reported(void **state)
{
    struct model_fixture *fixture = *state;
    struct checkpoint checkpoint;
    enum generation_state generation;
    int64_t successor;
    model_fixture_open(fixture, "counts", COUNTS);
    assert_ok(db_execute(model_store_db(fixture->store),
                         "DELETE FROM annal_checkpoint; DELETE FROM annal_generation", &error));
    assert_err(ERR_CORRUPT, model_store_checkpoint(fixture->store, &checkpoint, &error));
    assert_err(ERR_CORRUPT, model_store_state(fixture->store, &generation, &successor, &error));
}

static void a_handler_that_does_not_end_is_interrupted(void **state)
{
    struct model_fixture *fixture = *state;
    struct event event = event_of(1, "loan.opened.v1", "{}");
    struct error error = {0};
    model_fixture_open(fixture, "endless",
                       "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER) STRICT;\n"
                       "-- on loan.opened.v1\n"
                       "INSERT INTO t VALUES (:id, (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL "
                       "SELECT x + 1 FROM c) SELECT max(x) FROM c));\n");
    guard_limit_set_for_test(2);
    assert_int_equal(model_store_begin(fixture->store, &error), OK);
    assert_int_equal(model_store_apply(fixture->store, &event, &error), ERR_STEP_LIMIT);
    guard_limit_set_for_test(0);
    assert_text_contains(error.text,
                         "endless.sql:4: event 1, loan.opened.v1 of loan/A: the event's "
                         "statements took too many steps");
    model_store_rollback(fixture->store);
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM t"), "");
}

static void only_events_are_limited(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "counts", COUNTS);
    guard_limit_set_for_test(1);
    assert_ok(
        model_fixture_apply(fixture, "loan/A", 1, "loan.opened.v1", "{\"openedAt\":1}", &error));
    assert_string_equal(
        model_fixture_rows(fixture, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM "
                                    "c LIMIT 500000) SELECT max(x) FROM c"),
        "500000\n");
    guard_limit_set_for_test(0);
}

#define INDEXED                                                                                    \
    "-- schema\n"                                                                                  \
    "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT, b TEXT, c TEXT) STRICT;\n"                       \
    "CREATE INDEX t_by_a ON t (a);\nCREATE INDEX t_by_b ON t (b, a);\n"                            \
    "CREATE UNIQUE INDEX t_by_c ON t (c);\n"                                                       \
    "-- on loan.opened.v1\nINSERT INTO t (id, a, b, c) VALUES (:id, 'a', 'b', :id);\n"             \
    "-- on loan.requested.v1\nDELETE FROM t WHERE a = :data ->> 'memberId';\n"                     \
    "-- query q\nSELECT * FROM t WHERE b = :b;\n"

static const char *indexes(struct model_fixture *fixture)
{
    return model_fixture_rows(fixture, "SELECT name FROM sqlite_schema WHERE type = 'index' AND "
                                       "sql IS NOT NULL ORDER BY name");
}

static void indexes_that_no_handler_uses_can_be_created_last(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "indexed", INDEXED);
    assert_string_equal(indexes(fixture), "t_by_a\nt_by_b\nt_by_c\n");
    assert_ok(model_store_drop_late_indexes(fixture->store, &error));
    assert_string_equal(indexes(fixture), "t_by_a\nt_by_c\n");
    assert_ok(model_store_drop_late_indexes(fixture->store, &error));
    assert_ok(model_fixture_apply(fixture, "loan/A", 1, "loan.opened.v1", "{}", &error));
    assert_ok(model_store_make_late_indexes(fixture->store, &error));
    assert_ok(model_store_make_late_indexes(fixture->store, &error));
    assert_string_equal(indexes(fixture), "t_by_a\nt_by_b\nt_by_c\n");
    assert_ok(model_fixture_apply(fixture, "loan/B", 1, "loan.opened.v1", "{}", &error));
    assert_string_equal(
        model_fixture_rows(fixture, "SELECT id FROM t INDEXED BY t_by_b WHERE b = 'b'"), "A\nB\n");
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(an_event_runs_all_statements_of_its_type_and_no_others),
        CLAIM(poison_undoes_all_statements_of_its_event),
        CLAIM(poison_undoes_a_statement_of_many_rows),
        CLAIM(poison_leaves_the_events_before_it_in_the_transaction),
        CLAIM(a_rolled_back_transaction_leaves_rows_and_checkpoint_as_they_were),
        CLAIM(a_store_opens_again_with_its_rows_checkpoint_state_and_definition),
        CLAIM(a_store_is_never_created_over_a_file),
        CLAIM(kinds_of_damaged_files_are_distinguished),
        CLAIM(a_lost_checkpoint_is_reported),
        CLAIM(a_handler_that_does_not_end_is_interrupted),
        CLAIM(only_events_are_limited),
        CLAIM(indexes_that_no_handler_uses_can_be_created_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
