/* Applying is a function of the event and the model's own tables: whatever would make it another
 * thing is refused when the definition is read, or gives the event's answer. */
#include "base/statement.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/model_private.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#define EVENT_TIME "2024-02-29T12:34:56.789012Z"

static void read_handler(const struct model_fixture *fixture, const char *sql, enum err *ret_err,
                         struct error *error)
{
    AUTO(text) struct text text = {0};
    AUTO(model) struct model *model = NULL;
    text_printf(&text,
                "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, x ANY) STRICT;\n"
                "-- on loan.opened.v1\n%s;\n",
                sql);
    *ret_err = model_read("m.sql", text_slice(&text), fixture->catalogue, &model, error);
}

static void handlers_cannot_reach_beyond_their_tables(void **state)
{
    static const char *const tempting[] = {
        /* functions that differ from run to run */
        "UPDATE t SET x = random()",
        "UPDATE t SET x = abs(random() % 10)",
        "UPDATE t SET x = RANDOM()",
        "UPDATE t SET x = \"random\"()",
        "UPDATE t SET x = randomblob(8)",
        "UPDATE t SET x = hex(randomblob(8))",
        "UPDATE t SET x = 1 WHERE id IN (SELECT id FROM t ORDER BY random() LIMIT 1)",
        "INSERT INTO t SELECT value, random() FROM json_each('[1]')",
        "UPDATE t SET x = (WITH r(v) AS (SELECT random()) SELECT v FROM r)",
        "UPDATE t SET x = [random]()",
        "UPDATE t SET x = `random`()",
        "UPDATE t SET x = random/**/()",
        "UPDATE t SET x = coalesce(NULL, random())",
        "UPDATE t SET x = CASE WHEN 0 THEN random() END",
        "UPDATE t SET (id, x) = (SELECT id, random())",
        "UPDATE t SET x = y.v FROM (SELECT random() AS v) AS y",
        "UPDATE t SET x = 1 WHERE x = random()",
        "DELETE FROM t WHERE random() > 0",
        "DELETE FROM t WHERE x IN (SELECT randomblob(1))",
        "REPLACE INTO t VALUES (:id, random())",
        "INSERT INTO t SELECT :id, avg(random()) OVER () FROM json_each('[1]')",
        "INSERT INTO t SELECT :id, count(*) FILTER (WHERE random() > 0) FROM json_each('[1]')",
        "INSERT INTO t SELECT :id, 1 FROM json_each('[1, 2]') GROUP BY random()",
        "INSERT INTO t SELECT :id, 1 FROM json_each('[1]') AS a JOIN json_each('[1]') ON random()",
        "INSERT INTO t VALUES (:id, 1) ON CONFLICT DO UPDATE SET x = 1 WHERE random() > 0",
        "WITH RECURSIVE n(i) AS (VALUES (random()) UNION SELECT i FROM n) "
        "INSERT INTO t SELECT :id, i FROM n",
        /* functions that depend on the connection */
        "UPDATE t SET x = changes()",
        "UPDATE t SET x = total_changes()",
        "UPDATE t SET x = last_insert_rowid()",
        "INSERT INTO t VALUES (:id, 1) ON CONFLICT DO UPDATE SET x = changes()",
        /* functions that depend on the machine or the library */
        "UPDATE t SET x = sqlite_version()",
        "UPDATE t SET x = sqlite_source_id()",
        "UPDATE t SET x = sqlite_compileoption_used('A')",
        "UPDATE t SET x = sqlite_compileoption_get(1)",
        "UPDATE t SET x = sqlite_log(1, 'a')",
        "UPDATE t SET x = sin(1)",
        "UPDATE t SET x = exp(1)",
        "UPDATE t SET x = pow(2, 0.5)",
        "UPDATE t SET x = soundex('a')",
        "UPDATE t SET x = datetime(:time, 'localtime')",
        "UPDATE t SET x = datetime('now', 'LOCALTIME')",
        "UPDATE t SET x = strftime('%H', :time, 'LocalTime')",
        "UPDATE t SET x = sqrt(2)",
        "UPDATE t SET x = log(2)",
        "UPDATE t SET x = fts5_source_id()",
        "UPDATE t SET x = uuid()",
        "UPDATE t SET x = now()",
        /* reaches outside the database */
        "UPDATE t SET x = load_extension('x')",
        "UPDATE t SET x = readfile('/etc/passwd')",
        "UPDATE t SET x = writefile('/tmp/x', 'y')",
        "UPDATE t SET x = edit('a')",
        "UPDATE t SET x = eval('DELETE FROM t')",
        "UPDATE t SET x = fts3_tokenizer('simple')",
        "ATTACH '/tmp/other.db' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO '/tmp/copy.db'",
        /* the connection and the transaction */
        "PRAGMA journal_mode = DELETE",
        "PRAGMA writable_schema = ON",
        "PRAGMA table_info(t)",
        "BEGIN",
        "COMMIT",
        "END",
        "ROLLBACK",
        "SAVEPOINT s",
        "RELEASE s",
        "ANALYZE",
        "REINDEX",
        "EXPLAIN DELETE FROM t",
        "INSERT OR ROLLBACK INTO t (id) VALUES (:id)",
        "INSERT OR FAIL INTO t (id) VALUES (:id)",
        "PRAGMA user_version = 5",
        "UPDATE OR ROLLBACK t SET x = 1",
        "UPDATE OR /**/ FAIL t SET x = 1",
        "UPDATE t SET x = 1 RETURNING x",
        "SELECT x FROM t",
        "UPDATE t SET x = :now",
        "UPDATE t SET x = ?1",
        "UPDATE t SET x = @id",
        /* where SQLite keeps a row */
        "UPDATE t SET x = rowid",
        "UPDATE t SET x = 1 WHERE oid = 1",
        "UPDATE t SET _rowid_ = 5",
        "INSERT INTO t SELECT max(t.rowid), 1 FROM t",
        "INSERT INTO t (rowid, id, x) VALUES (9223372036854775807, :id, 1)",
        "INSERT INTO t (OID, id) VALUES (5, :id)",
        "INSERT INTO t AS u (id, \"_rowid_\") VALUES (:id, 5)",
        "REPLACE INTO t (id, [rowid]) SELECT :id, 5",
        "INSERT INTO t (id) VALUES (:id) ON CONFLICT DO UPDATE SET rowid = 5",
        /* the order in which SQLite happens to read rows */
        "UPDATE t SET x = (SELECT u.x FROM t AS u LIMIT 1)",
        "UPDATE t SET x = (SELECT u.x FROM t AS u WHERE u.x > (SELECT min(x) FROM t) LIMIT 1)",
        "INSERT INTO t SELECT id || '!', x FROM t LIMIT 1",
        "INSERT INTO t SELECT id || '!', x FROM (SELECT * FROM t) LIMIT :version",
        "WITH r AS (SELECT id FROM t) INSERT INTO t SELECT id || '!', 1 FROM r LIMIT 1",
        "INSERT INTO t SELECT value, 1 FROM json_each('[1]'), t LIMIT 1",
        "UPDATE t SET x = (SELECT group_concat(id) FROM t)",
        "UPDATE t SET x = (SELECT \"group_concat\"(id, '') FILTER (WHERE x > 0) FROM t)",
        "UPDATE t SET x = (SELECT json_group_array(id) FROM t WHERE x > 1 ORDER BY id)",
        "INSERT INTO t SELECT :id, json_group_object(id, x) FROM t GROUP BY x",
        "INSERT INTO t SELECT :id, group_concat(u.id) FROM json_each('[1]') AS j JOIN t AS u",
        "INSERT INTO t SELECT id || '!', row_number() OVER () FROM t",
        "INSERT INTO t SELECT id || '!', lag(id) OVER (PARTITION BY x) FROM t",
        "INSERT INTO t SELECT id || '!', group_concat(id) OVER () FROM t",
        /* how SQLite happens to keep JSON while it reads it */
        "INSERT INTO t SELECT key, id FROM json_each(:data)",
        "INSERT INTO t SELECT key, j.ID FROM json_each(:data) AS j",
        "INSERT INTO t SELECT fullkey, parent FROM json_tree(:data)",
        "INSERT INTO t SELECT a.fullkey, 1 FROM json_tree(:data) AS a "
        "JOIN json_tree(:data) AS b ON a.parent = b.id",
        "INSERT INTO t SELECT key, value FROM (SELECT * FROM json_each(:data))",
        /* the schema */
        "CREATE TABLE u (id TEXT PRIMARY KEY)",
        "CREATE TEMP TABLE u (id TEXT PRIMARY KEY)",
        "CREATE INDEX i ON t (x)",
        "DROP TABLE t",
        "ALTER TABLE t ADD COLUMN y",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END",
        /* tables that are not the model's */
        "UPDATE sqlite_master SET sql = ''",
        "UPDATE sqlite_schema SET sql = ''",
        "DELETE FROM sqlite_master",
        "INSERT INTO t SELECT name, 1 FROM sqlite_master",
        "INSERT INTO t SELECT name, 1 FROM sqlite_schema",
        "INSERT INTO t SELECT name, 1 FROM main.sqlite_master",
        "INSERT INTO t SELECT name, 1 FROM sqlite_temp_master",
        "INSERT INTO t SELECT count(*), 1 FROM sqlite_schema",
        "WITH r AS (SELECT 1) INSERT INTO t SELECT count(*), 1 FROM r, sqlite_schema",
        "WITH r AS (SELECT 1) INSERT INTO t SELECT sqlite_schema.name, 1 FROM r, sqlite_schema",
        "WITH sqlite_schema AS (SELECT 1) INSERT INTO t SELECT count(*), 1 FROM main.sqlite_schema",
        "INSERT INTO t SELECT rowid, 1 FROM sqlite_schema",
        "UPDATE annal_checkpoint SET position = 0",
        "INSERT INTO t SELECT position, 1 FROM annal_checkpoint",
        "DELETE FROM annal_generation",
        "UPDATE t SET x = (SELECT copies FROM loans)",
        "DELETE FROM shelves",
        "INSERT INTO t SELECT name, 1 FROM pragma_function_list",
        "INSERT INTO t SELECT name, 1 FROM pragma_table_info('t')",
        "INSERT INTO t SELECT count(*), 1 FROM pragma_database_list",
        "INSERT INTO t SELECT file, 1 FROM pragma_database_list",
        "INSERT INTO t SELECT name, pgsize FROM dbstat",
        "INSERT INTO t SELECT sql, 1 FROM sqlite_stmt",
        "INSERT INTO t SELECT value, 1 FROM generate_series(1, 3)",
        "INSERT INTO t SELECT name, 1 FROM pragma_compile_options",
        "INSERT INTO t SELECT name, 1 FROM temp.sqlite_master",
        "WITH r AS (SELECT * FROM sqlite_master) INSERT INTO t SELECT name, 1 FROM r",
        "INSERT INTO other.t VALUES (:id, 1)",
        "DELETE FROM annal_skipped",
        "INSERT INTO t SELECT input, 1 FROM fts3tokenize('simple')",
        "INSERT INTO t SELECT key, 1 FROM json_each('{}') UNION SELECT name, 2 FROM sqlite_master",
    };
    assert_true(sizeof tempting / sizeof *tempting >= 100);
    for (size_t i = 0; i < sizeof tempting / sizeof *tempting; i++) {
        enum err err = OK;
        struct error error = {0};
        read_handler(*state, tempting[i], &err, &error);
        if (err != ERR_DEFINITION || strncmp(error.text, "m.sql:4: ", 9) != 0)
            fail_msg("not refused as it must be: %s: %s", tempting[i], error.text);
    }
}

/* What names an order, or reads no table, cannot differ. */
static void a_statement_with_a_defined_order_is_accepted(void **state)
{
    static const char *const harmless[] = {
        "UPDATE t SET x = (SELECT u.x FROM t AS u ORDER BY u.id LIMIT 1)",
        "INSERT INTO t SELECT value, 1 FROM json_each('[1, 2]') LIMIT 1",
        "UPDATE t SET x = (SELECT value FROM json_each('[1, 2]') LIMIT 1)",
        "DELETE FROM t WHERE id IN (SELECT value FROM json_each('[1]') LIMIT 1)",
        "UPDATE t SET x = (SELECT group_concat(value) FROM json_each('[1, 2]'))",
        "UPDATE t SET x = (SELECT json_group_array(id) FROM (SELECT id FROM t ORDER BY id))",
        "INSERT INTO t SELECT id || '!', x FROM (SELECT * FROM t ORDER BY id) LIMIT 1",
        "INSERT INTO t SELECT id || '!', row_number() OVER (ORDER BY id) FROM t",
        "INSERT INTO t SELECT id || '!', group_concat(id) OVER (ORDER BY id) FROM t",
        "INSERT INTO t SELECT id || '!', lag(x) OVER w FROM t WINDOW w AS (ORDER BY id)",
        "INSERT INTO t SELECT id || '!', sum(1) OVER (PARTITION BY x) FROM t",
        "INSERT INTO t SELECT :id, count(*) + max(x) FROM t",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) "
        "INSERT INTO t SELECT i, 1 FROM n",
        "INSERT INTO t (id, x) SELECT value, key AS oid FROM json_each('[1]') WHERE true "
        "ON CONFLICT DO UPDATE SET x = 2",
        "WITH r AS (SELECT 1) INSERT INTO t SELECT :id, 1 FROM r",
        "WITH \"r\"(a, b) AS (VALUES (1, 2)) INSERT INTO t SELECT :id, count(*) FROM R",
        "WITH r AS NOT MATERIALIZED (SELECT 1) INSERT INTO t SELECT :id, 1 FROM r",
        "INSERT INTO t SELECT fullkey, path || key || type FROM json_tree(:data)",
        "UPDATE t SET x = 'LIMIT 1'",
        "UPDATE t SET x = 1 /* LIMIT 1 */ WHERE id = :id -- group_concat(id)",
    };
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        enum err err = OK;
        struct error error = {0};
        read_handler(*state, harmless[i], &err, &error);
        if (err)
            fail_msg("refused: %s: %s", harmless[i], error.text);
    }
}

static void read_table(const struct model_fixture *fixture, const char *table, enum err *ret_err,
                       struct error *error)
{
    AUTO(text) struct text text = {0};
    AUTO(model) struct model *model = NULL;
    text_printf(&text, "-- schema\n%s;\n-- on loan.opened.v1\nDELETE FROM t;\n", table);
    *ret_err = model_read("m.sql", text_slice(&text), fixture->catalogue, &model, error);
}

static void a_key_is_set_by_the_handler_and_never_null(void **state)
{
    static const struct {
        const char *table, *why; /* NULL: good */
    } cases[] = {
        {"CREATE TABLE t (n INTEGER PRIMARY KEY, x)", "write WITHOUT ROWID"},
        {"CREATE TABLE t (n INTEGER PRIMARY KEY, x ANY) STRICT", "write WITHOUT ROWID"},
        {"CREATE TABLE t (n INTEGER NOT NULL, PRIMARY KEY (n))", "write WITHOUT ROWID"},
        {"CREATE TABLE t (n INTEGER PRIMARY KEY AUTOINCREMENT)", "write WITHOUT ROWID"},
        {"CREATE TABLE t (id TEXT PRIMARY KEY)", "the key column id of t may be null"},
        {"CREATE TABLE t (n INT PRIMARY KEY)", "the key column n of t may be null"},
        {"CREATE TABLE t (a NOT NULL, b, PRIMARY KEY (a, b))", "the key column b of t may be null"},
        {"CREATE TABLE t (n INTEGER PRIMARY KEY) WITHOUT ROWID", NULL},
        {"CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID", NULL},
        {"CREATE TABLE t (id TEXT PRIMARY KEY) STRICT", NULL},
        {"CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY)", NULL},
        {"CREATE TABLE t (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum err err = OK;
        struct error error = {0};
        read_table(*state, cases[i].table, &err, &error);
        if (err != (cases[i].why ? ERR_DEFINITION : OK))
            fail_msg("%s: %s", cases[i].table, error.text);
        if (cases[i].why)
            assert_text_contains(error.text, cases[i].why);
        if (cases[i].why)
            assert_text_contains(error.text, "m.sql:2: ");
    }
}

/* Else a program with more checks could not even serve what an older one has built. */
static void a_stored_definition_is_not_checked_for_new_rules(void **state)
{
    struct model_fixture *fixture = *state;
    char *path = model_fixture_path(fixture, "old.db");
    AUTO(model_store) struct model_store *store = NULL;
    assert_ok(model_read_stored("m.sql",
                                slice_of("-- schema\nCREATE TABLE t (n INTEGER PRIMARY KEY, x);\n"
                                         "-- on loan.opened.v1\n"
                                         "INSERT INTO t (x) SELECT x FROM t LIMIT 1;\n"),
                                "0123", upcasters_create(), &fixture->model, &error));
    assert_ok(model_store_create(path, fixture->model, DB_VOLATILE, &store, &error));
    free(path);
}

static void an_error_about_a_function_names_it_and_its_line(void **state)
{
    enum err err = OK;
    struct error error = {0};
    read_handler(*state, "UPDATE t\n   SET x =\n  random()", &err, &error);
    assert_int_equal(err, ERR_DEFINITION);
    assert_string_equal(error.text, "m.sql:6: the function random() is not allowed: its result may "
                                    "differ from run to run, or from machine to machine");
}

static void defaults_and_checks_are_restricted_like_handlers(void **state)
{
    const struct model_fixture *fixture = *state;
    static const char *const tempting[] = {
        "x ANY DEFAULT (random())",
        "x ANY DEFAULT (1 + abs(RANDOM ()))",
        "x ANY DEFAULT (\"random\"())",
        "x ANY DEFAULT ([randomblob](4))",
        "x ANY DEFAULT (changes())",
        "x ANY DEFAULT (last_insert_rowid())",
        "x ANY DEFAULT (sqlite_version())",
        "x ANY CHECK (x <> random())",
        "x ANY AS (random())",
        "x ANY AS (datetime('now', 'localtime'))",
        "x ANY DEFAULT (load_extension('a'))",
        "x ANY CHECK (x IN (SELECT 1))",
    };
    for (size_t i = 0; i < sizeof tempting / sizeof *tempting; i++) {
        AUTO(text) struct text text = {0};
        struct model *model = NULL;
        struct error error = {0};
        text_printf(&text,
                    "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY,\n  %s) STRICT;\n"
                    "-- on loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n",
                    tempting[i]);
        if (model_read("m.sql", text_slice(&text), fixture->catalogue, &model, &error) !=
            ERR_DEFINITION)
            fail_msg("this was not refused: %s", tempting[i]);
        assert_text_contains(error.text, "m.sql:");
    }
}

/* SQLite knows of each function whether its result depends on its arguments alone; of the date and
 * time functions it says no because of 'now', which the guard has made the event's. */
static void allowed_functions_are_marked_deterministic_by_sqlite(void **state)
{
    (void)state;
    static const char *const times[] = {"date",         "time",         "datetime",
                                        "julianday",    "unixepoch",    "strftime",
                                        "current_date", "current_time", "current_timestamp"};
    AUTO(db) struct db *db = NULL;
    AUTO(statement) struct statement *list = NULL;
    int allowed = 0;
    assert_ok(db_open_memory(&db, &error));
    assert_ok(statement_prepare(db,
                                "SELECT name, flags & 0x800 FROM pragma_function_list "
                                "WHERE type = 's'",
                                &list, &error));
    for (bool row = true; row;) {
        assert_ok(statement_step(list, &row, &error));
        struct slice name = statement_text(list, 0);
        bool deterministic = row && statement_int(list, 1) != 0;
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
            deterministic = deterministic || slice_is(name, times[i]);
        if (row && guard_allows_function(name) && !deterministic)
            fail_msg("%.*s is allowed", SLICE(name));
        allowed += row && guard_allows_function(name);
    }
    assert_true(allowed > 50);
}

/* The value of x after one event at EVENT_TIME, as text. */
static const char *value_of(struct model_fixture *fixture, const char *expression)
{
    AUTO(text) struct text text = {0};
    text_printf(&text,
                "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, x ANY) STRICT;\n"
                "-- on loan.opened.v1\nINSERT INTO t VALUES (:id, %s);\n",
                expression);
    model_fixture_open(fixture, "m", text.at);
    model_fixture_apply_at(fixture, EVENT_TIME, "loan/L-1", 1, "loan.opened.v1",
                           "{\"memberId\":\"now\",\"branch\":\"CPH\",\"openedAt\":\"n\"}");
    return model_fixture_rows(fixture, "SELECT x FROM t");
}

static void now_is_the_time_of_the_event(void **state)
{
    static const struct {
        const char *expression, *value;
    } cases[] = {
        {"datetime('now')", "2024-02-29 12:34:56\n"},
        {"datetime()", "2024-02-29 12:34:56\n"},
        {"date()", "2024-02-29\n"},
        {"time('now')", "12:34:56\n"},
        {"current_timestamp", "2024-02-29 12:34:56\n"},
        {"CURRENT_DATE", "2024-02-29\n"},
        {"CURRENT_TIME", "12:34:56\n"},
        {"strftime('%Y-%m-%dT%H:%M:%f', 'now')", "2024-02-29T12:34:56.789\n"},
        {"unixepoch('now')", "1709210096\n"},
        {"julianday('now') = julianday('2024-02-29 12:34:56.789')", "1\n"},
        {"date('now', '+1 year')", "2025-03-01\n"},
        {"datetime(:data ->> 'memberId')", "2024-02-29 12:34:56\n"},
        {"datetime('n' || 'ow')", "2024-02-29 12:34:56\n"},
        {"(SELECT date(value) FROM json_each('[\"now\"]'))", "2024-02-29\n"},
        {":time", EVENT_TIME "\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(value_of(*state, cases[i].expression), cases[i].value);
}

static void a_default_of_current_timestamp_is_the_time_of_the_event(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "m",
                       "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY,\n"
                       "  a TEXT DEFAULT CURRENT_TIMESTAMP, b TEXT DEFAULT (date('now')),\n"
                       "  c TEXT DEFAULT CURRENT_TIME) STRICT;\n"
                       "-- on loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n");
    model_fixture_apply_at(fixture, EVENT_TIME, "loan/L-1", 1, "loan.opened.v1", "{}");
    model_fixture_apply_at(fixture, "2031-01-02T03:04:05.000000Z", "loan/L-2", 1, "loan.opened.v1",
                           "{}");
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM t"),
                        "L-1|2024-02-29 12:34:56|2024-02-29|12:34:56\n"
                        "L-2|2031-01-02 03:04:05|2031-01-02|03:04:05\n");
}

/* What cannot be seen in the text depends on the machine's time zone and fails when it is run. */
static void local_time_found_only_at_run_time_poisons_the_event(void **state)
{
    static const char *const expressions[] = {
        "datetime(:time, :data ->> 'memberId')",
        "datetime(:time, 'local' || 'time')",
        "datetime('2024-01-02 03:04:05', 'utc')",
        "strftime('%H', '2024-01-02', 'UTC')",

    };
    struct model_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        AUTO(text) struct text text = {0};
        text_printf(&text,
                    "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, x ANY NOT NULL) STRICT;\n"
                    "-- on loan.opened.v1\nINSERT INTO t VALUES (:id, %s);\n",
                    expressions[i]);
        model_fixture_open(fixture, "m", text.at);
        assert_err(ERR_POISON, model_fixture_apply(fixture, "loan/L-1", 1, "loan.opened.v1",
                                                   "{\"memberId\":\"localtime\"}", &error));
        assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM t"), "");
    }
}

/* And a column may be called like the row's number. */
static void an_integer_key_is_a_column_like_any_other(void **state)
{
    struct model_fixture *fixture = *state;
    model_fixture_open(fixture, "m",
                       "-- schema\nCREATE TABLE t (n INTEGER PRIMARY KEY, oid ANY) STRICT,\n"
                       "WITHOUT ROWID;\n-- on loan.opened.v1\n"
                       "INSERT INTO t (n, oid) VALUES (:position * 10, (SELECT max(n) FROM t));\n"
                       "UPDATE t SET oid = n + 1 WHERE oid IS NULL;\n");
    model_fixture_apply_at(fixture, EVENT_TIME, "loan/L-1", 1, "loan.opened.v1", "{}");
    model_fixture_apply_at(fixture, EVENT_TIME, "loan/L-2", 1, "loan.opened.v1", "{}");
    assert_string_equal(model_fixture_rows(fixture, "SELECT * FROM t"), "10|11\n20|10\n");
}

static void every_parameter_is_the_value_of_the_event(void **state)
{
    static const struct {
        const char *parameter, *value;
    } cases[] = {
        {":id", "L-1\n"},
        {":category", "loan\n"},
        {":stream", "loan/L-1\n"},
        {":version", "1\n"},
        {":position", "1\n"},
        {":type", "loan.opened.v1\n"},
        {":event_id", "1b4e28ba-2fa1-41d2-883f-0016d3cca427\n"},
        {":correlation_id", "corr-1\n"},
        {":causation_id", "NULL\n"},
        {":data ->> 'branch'", "CPH\n"},
        {"typeof(:version) || typeof(:position) || typeof(:data)", "integerintegertext\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(value_of(*state, cases[i].parameter), cases[i].value);
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(handlers_cannot_reach_beyond_their_tables),
        CLAIM(a_statement_with_a_defined_order_is_accepted),
        CLAIM(a_key_is_set_by_the_handler_and_never_null),
        CLAIM(a_stored_definition_is_not_checked_for_new_rules),
        CLAIM(an_error_about_a_function_names_it_and_its_line),
        CLAIM(defaults_and_checks_are_restricted_like_handlers),
        cmocka_unit_test(allowed_functions_are_marked_deterministic_by_sqlite),
        CLAIM(now_is_the_time_of_the_event),
        CLAIM(a_default_of_current_timestamp_is_the_time_of_the_event),
        CLAIM(local_time_found_only_at_run_time_poisons_the_event),
        CLAIM(an_integer_key_is_a_column_like_any_other),
        CLAIM(every_parameter_is_the_value_of_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
