/* What a definition may be: every mistake is refused with the line it is in, and a hint where there
 * is one. */
#include "tests/domain/lending.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#include <stdio.h>
#include <sys/stat.h>

/* A whole definition but for one part. Its first line is line 1 of the file. */
#define SCHEMA        "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER) STRICT;\n"
#define HANDLER       "-- on loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n"
#define ON(type, sql) SCHEMA "-- on " type "\n" sql ";\n"     /* the statement begins in line 4 */
#define QUERY(sql)    SCHEMA HANDLER "-- query q\n" sql ";\n" /* in line 6 */
#define TABLE(sql)    "-- schema\n" sql ";\n" HANDLER         /* in line 2 */

struct bad_file {
    const char *text;
    int line;
    const char *message; /* a part of it */
};

static void refuse(const struct model_fixture *fixture, const struct bad_file *bad)
{
    struct model *model = NULL;
    struct error error = {0};
    char place[32];
    snprintf(place, sizeof place, "bad.sql:%d: ", bad->line);
    if (model_read("bad.sql", slice_of(bad->text), fixture->catalogue, &model, &error) !=
        ERR_DEFINITION)
        fail_msg("this was not refused:\n%s", bad->text);
    if (strncmp(error.text, place, strlen(place)) != 0 || !strstr(error.text, bad->message))
        fail_msg("expected \"%s … %s\", got: %s\nfor:\n%s", place, bad->message, error.text,
                 bad->text);
}

static void refuse_all(const struct model_fixture *fixture, const struct bad_file *bad,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        refuse(fixture, &bad[i]);
}
#define REFUSE_ALL(list) refuse_all(*state, list, sizeof(list) / sizeof *(list))

static void malformed_sections_are_rejected(void **state)
{
    static const struct bad_file bad[] = {
        {"", 1, "missing section `-- schema`"},
        {"-- only a comment\n", 1, "missing section `-- schema`"},
        {SCHEMA, 1, "missing section `-- on`"},
        {HANDLER, 1, "missing section `-- schema`"},
        {HANDLER SCHEMA, 3, "must be the first section"},
        {SCHEMA HANDLER SCHEMA, 5, "the first is in line 1"},
        {"CREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n" SCHEMA HANDLER, 1,
         "before the first section"},
        {"-- about\n\nSELECT 1;\n" SCHEMA HANDLER, 3, "before the first section"},
        {"-- schema\n\n" HANDLER, 1, "this section is empty"},
        {SCHEMA "-- on loan.opened.v1\n-- nothing\n", 3, "this section is empty"},
        {SCHEMA HANDLER "-- query q\n;;\n", 5, "this section is empty"},
        {"-- schema of t\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n" HANDLER, 1,
         "unexpected text after `-- schema`"},
        {"--schema\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n" HANDLER, 1,
         "head of a section as `-- schema`"},
        {" -- schema\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n" HANDLER, 1,
         "at the beginning of the line"},
        {SCHEMA "-- ON loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n", 3,
         "head of a section as `-- on`"},
        {SCHEMA "--  on loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n", 3, "one space"},
        {SCHEMA HANDLER "-- Query q\nSELECT 1;\n", 5, "head of a section as `-- query`"},
        {SCHEMA "-- on hand minus reserved\n" HANDLER, 3, "a comment must not begin with \"on\""},
        {SCHEMA "-- on\nINSERT INTO t (id) VALUES (:id);\n", 3, "takes event types"},
        {SCHEMA "-- on loan.opened.v1,\nINSERT INTO t (id) VALUES (:id);\n", 3,
         "takes event types"},
        {SCHEMA "-- on loan.opened.v1 loan.requested.v1\nINSERT INTO t (id) VALUES (:id);\n", 3,
         "with commas between them"},
        {SCHEMA "-- on loan.opened.v1, loan.opened.v1\nINSERT INTO t (id) VALUES (:id);\n", 3,
         "loan.opened.v1 is listed twice"},
        {SCHEMA HANDLER "-- querry q\nSELECT 1;\n", 6, "a query is a section, `-- query name`"},
        {SCHEMA "-- querry q\nSELECT 1;\n" HANDLER, 4, "is the head of another section missing"},
        {SCHEMA HANDLER "-- onn loan.requested.v1\nUPDATE t SET n = 1;\n", 5,
         "looks like the head of a section"},
        {SCHEMA HANDLER "-- on: loan.opened.v1, loan.requested.v1\nUPDATE t SET n = 1;\n", 5,
         "written `-- on account.opened.v1`"},
        {SCHEMA HANDLER "--no loan.requested.v1\nUPDATE t SET n = 1;\n", 5,
         "looks like the head of a section"},
        {SCHEMA HANDLER "-- query\nSELECT 1;\n", 5, "takes one name"},
        {SCHEMA HANDLER "-- query Best\nSELECT 1;\n", 5, "not \"Best\""},
        {SCHEMA HANDLER "-- query a b\nSELECT 1;\n", 5, "not \"a b\""},
        {SCHEMA HANDLER "-- query q\nSELECT 1;\nSELECT 2;\n", 7, "its second statement"},
        {SCHEMA HANDLER "-- query q\nSELECT 1;\n-- query q\nSELECT 2;\n", 7,
         "the first is in line 5"},
        {"\xff\xfe" SCHEMA HANDLER, 1, "not UTF-8"},
    };
    REFUSE_ALL(bad);
}

static void tables_that_break_a_rule_are_rejected(void **state)
{
    static const struct bad_file bad[] = {
        {TABLE("CREATE TABLE t (id TEXT)"), 2, "has no primary key"},
        {TABLE("CREATE TABLE Loans (id TEXT PRIMARY KEY)"), 2,
         "\"Loans\" must be lower-case letters"},
        {TABLE("CREATE TABLE \"my t\" (id TEXT PRIMARY KEY)"), 2, "\"my t\" must be lower-case"},
        {TABLE("CREATE TABLE _t (id TEXT PRIMARY KEY)"), 2, "\"_t\" must be lower-case letters"},
        {TABLE("CREATE TABLE annal_t (id TEXT PRIMARY KEY)"), 2,
         "names that begin with annal_ are reserved"},
        {TABLE("CREATE TABLE sqlite_t (id TEXT PRIMARY KEY)"), 2, "reserved for internal use"},
        {TABLE("CREATE TABLE a (id TEXT PRIMARY KEY) STRICT;\n\nCREATE TABLE b (id TEXT)"), 4,
         "b has no primary key"},
        {TABLE(
             "CREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\nCREATE TABLE t (id TEXT PRIMARY KEY)"),
         3, "already exists"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY,\n n INTGER\n) STRICT"), 2, "unknown datatype"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY,\n  ,n INTEGER)"), 3, "syntax error"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\nCREATE INDEX By_id ON t (id)"), 3,
         "index name \"By_id\""},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\nCREATE INDEX i ON t (nam)"), 3,
         "no such column: nam"},
        {TABLE("CREATE TEMP TABLE t (id TEXT PRIMARY KEY)"), 2, "not CREATE TEMP"},
        {TABLE("CREATE TABLE temp.t (id TEXT PRIMARY KEY)"), 2, "nothing else"},
        {TABLE("CREATE TABLE t AS SELECT 1 AS id"), 2, "nothing else"},
        {TABLE("CREATE VIRTUAL TABLE t USING fts5 (id)"), 2, "not CREATE VIRTUAL"},
        {TABLE("CREATE VIEW v AS SELECT 1"), 2, "not CREATE VIEW"},
        {TABLE("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END"), 2, "not CREATE TRIGGER"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\nINSERT INTO t VALUES ('a')"), 3,
         "not INSERT INTO"},
        {TABLE("DROP TABLE t"), 2, "not DROP TABLE"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER DEFAULT (:id))"), 2,
         "must not use parameters such as :id"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY ON CONFLICT ROLLBACK)"), 2,
         "would undo more or less than this event"},
        {TABLE("CREATE TABLE t (id TEXT PRIMARY KEY, o TEXT\n REFERENCES t "
               "DEFERRABLE INITIALLY DEFERRED)"),
         3, "deferred constraint"},
    };
    REFUSE_ALL(bad);
}

static void handlers_that_cannot_run_are_rejected(void **state)
{
    static const struct bad_file bad[] = {
        {ON("loan.opend.v1", "DELETE FROM t"), 3,
         "\"loan.opend.v1\"; did you mean \"loan.opened.v1\"?"},
        {ON("loan.opened.v1, zzz.qqq.v9", "DELETE FROM t"), 3,
         "unknown event type \"zzz.qqq.v9\"; `annal schema`"},
        {ON("loan.opened.v1", "INSERT INTO u (id) VALUES (:id)"), 4,
         "no such table: u; a read model sees its own tables only"},
        {ON("loan.opened.v1", "UPDATE t\n   SET name = :id"), 5, "no such column: name"},
        {ON("loan.opened.v1", "UPDATE t SET n = 1 WHER id = :id"), 4, "near \"WHER\""},
        {ON("loan.opened.v1", "UPDATE t\nSET n = 1;\n\nUPDATE t SET m = 1"), 7,
         "no such column: m"},
        {ON("loan.opened.v1", "INSERT INTO t (id)\nVALUES (:member)"), 5,
         ":member is not a parameter of a handler"},
        {ON("loan.opened.v1", "INSERT INTO t (id)\nVALUES (:ids)"), 5, "did you mean :id"},
        {ON("loan.opened.v1", "INSERT INTO t (id)\nVALUES (:versoin)"), 5,
         "did you mean :version?"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (?)"), 4, "? is not a parameter"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (?1)"), 4, "?1 is not a parameter"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (@id)"), 4, "@id is not a parameter"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES ($id)"), 4, "$id is not a parameter"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES ('a);\n"), 4,
         "unterminated string or quoted name: 'a);"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (\"id\")"), 4, "no such column"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:id) RETURNING id"), 4,
         "remove RETURNING"},
        {ON("loan.opened.v1", "WITH a AS (SELECT 1) SELECT * FROM a"), 4, "must not return rows"},
        {ON("loan.opened.v1", "INSERT OR FAIL INTO t (id) VALUES (:id)"), 4, "FAIL would undo"},
        {ON("loan.opened.v1", "UPDATE OR ROLLBACK t SET n = 1"), 4, "ROLLBACK would undo"},
        {ON("loan.opened.v1", "INSERT INTO t VALUES (:id)"), 4, "2 columns but 1 values"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:data ->> 'memberID')"), 4,
         "did you mean \"/memberId\""},
        {ON("loan.opened.v1", "INSERT INTO t (id)\nVALUES (:data ->>\n'qqqqqqqqqq')"), 6,
         "the data of loan.opened.v1 has no field \"/qqqqqqqqqq\""},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:data -> 'pickup' ->> 'town')"), 4,
         "no field \"/pickup/town\""},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:data ->> '$.pickup.ctiy')"), 4,
         "did you mean \"/pickup/city\""},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (json_extract(:data, '$.brnch'))"), 4,
         "did you mean \"/branch\"?"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (json_extract(:data, 'branch'))"), 4,
         "a path begins with $"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:data ->> '$branch')"), 4,
         "a path is written"},
        {ON("loan.opened.v1", "INSERT INTO t (id) VALUES (:data -> 'branch' ->> 'code')"), 4,
         "no field \"/branch/code\""},
        {ON("loan.requested.v1", "INSERT INTO t (id) SELECT 1 FROM json_each(:data, '$.boks')"), 4,
         "did you mean \"/books\""},
        {ON("loan.requested.v1", "INSERT INTO t (id) VALUES (:data ->> '$.books[0].bokId')"), 4,
         "did you mean \"/books/*/bookId\""},
        {ON("loan.requested.v1",
            "INSERT INTO t (id) SELECT value ->> 'bokId' FROM json_each(:data -> 'books')"),
         4, "did you mean \"/books/*/bookId\""},
        {ON("loan.opened.v1, loan.returned.v1", "UPDATE t SET n = :data ->> 'branch'"), 4,
         "the data of loan.returned.v1 has no field \"/branch\""},
    };
    REFUSE_ALL(bad);
}

static void queries_that_cannot_run_are_rejected(void **state)
{
    static const struct bad_file bad[] = {
        {QUERY("SELECT name\n  FROM u"), 7, "no such table: u"},
        {QUERY("SELECT id,\n  name FROM t"), 7, "no such column: name"},
        {QUERY("DELETE FROM t"), 6, "a query is a SELECT"},
        {QUERY("WITH a AS (SELECT 1) DELETE FROM t"), 6, "a query must not write to t"},
        {QUERY("SELECT id, n AS id FROM t"), 6, "the query q has two columns named id"},
        {QUERY("SELECT id FROM t WHERE id = ?"), 6, "written :name, not ?"},
        {QUERY("SELECT random() AS r"), 6, "random() is not allowed"},
        {QUERY("PRAGMA table_info(t)"), 6, "a query is a SELECT"},
    };
    REFUSE_ALL(bad);
}

static void a_file_with_an_invalid_name_is_rejected(void **state)
{
    const struct model_fixture *fixture = *state;
    static const char *const names[] = {"Loans.sql", "my-loans.sql", "1st.sql", ".sql",
                                        "/a/b/Ärger.sql"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct model *model = NULL;
        struct error error = {0};
        assert_int_equal(
            model_read(names[i], slice_of(SCHEMA HANDLER), fixture->catalogue, &model, &error),
            ERR_DEFINITION);
        assert_text_contains(error.text, "is named NAME.sql");
    }
}

/* A definition, cut short and with each byte changed in turn, is read or refused. */
static void damaged_definitions_are_read_or_rejected(void **state)
{
    const struct model_fixture *fixture = *state;
    AUTO(models) struct models *models = NULL;
    assert_ok(models_open(lending.read_models, NULL, fixture->catalogue, &models, &error));
    AUTO(text) struct text copy = {0};
    const struct model *model = models_find(models, "loan_books");
    text_add_slice(&copy, model_text(model));
    for (size_t i = 0; i < copy.length; i += 3) {
        static const char bytes[] = "\n'\"(;:-$[*\xff";
        AUTO(model) struct model *cut = NULL;
        AUTO(model) struct model *changed = NULL;
        char was = copy.at[i];
        (void)!model_read("cut.sql", (struct slice){copy.at, i}, fixture->catalogue, &cut, NULL);
        copy.at[i] = bytes[i % (sizeof bytes - 1)];
        (void)!model_read("changed.sql", text_slice(&copy), fixture->catalogue, &changed, NULL);
        copy.at[i] = was;
    }
}

static struct model *read_good(const struct model_fixture *fixture, const char *text)
{
    struct model *model = NULL;
    assert_ok(
        model_read("/some/where/good.sql", slice_of(text), fixture->catalogue, &model, &error));
    return model;
}

static void unusual_valid_definitions_are_accepted(void **state)
{
    static const char *const good[] = {
        SCHEMA HANDLER,
        "-- schema\r\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\r\n-- on loan.opened.v1\r\n"
        "INSERT INTO t VALUES (:id);\r\n",
        "-- notes on hand\n-- Query for all\n-- Schema notes\n" SCHEMA HANDLER,
        SCHEMA HANDLER "-- loan.opened.v1\n-- as loan.opened.v1 has it\n-- see 1.2\n",
        SCHEMA "-- on loan.opened.v1 ,loan.requested.v1\nINSERT INTO t (id) VALUES (:id)",
        SCHEMA HANDLER "-- on loan.opened.v1\nUPDATE t SET n = 1;\n",
        ON("loan.opened.v1", "INSERT INTO t (id) VALUES ('it''s; -- no comment')"),
        ON("loan.opened.v1", "/* a; b */ INSERT INTO t (id) /* 'c */ VALUES (:id)"),
        ON("loan.opened.v1", "REPLACE INTO t (id) VALUES (:data -> 'pickup' ->> '$.city')"),
        ON("loan.opened.v1", "WITH x AS (SELECT :id AS i) INSERT INTO t (id) SELECT i FROM x"),
        ON("loan.requested.v1", "INSERT INTO t (id) SELECT i.value ->> '$.bookId' FROM "
                                "json_each(:data, '$.books') AS i WHERE i.key > 0"),
        ON("loan.requested.v1", "INSERT INTO t (id) SELECT fullkey FROM json_tree(:data)"),
        ON("loan.requested.v1", "INSERT INTO t (id) VALUES (:data ->> ('memb' || 'erId'))"),
        ON("loan.requested.v1",
           "UPDATE t SET n = (SELECT count(*) FROM json_each(:data -> 'books'))"),
        "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, up TEXT AS (upper(id)),\n"
        " n INTEGER NOT NULL DEFAULT (1 + abs(-2)) CHECK (n > 0), at TEXT DEFAULT "
        "CURRENT_TIMESTAMP) STRICT;\n"
        "CREATE UNIQUE INDEX t_by_n ON t (n) WHERE n > 5;\n" HANDLER,
        QUERY("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 3) "
              "SELECT x, :a AS a FROM c"),
        QUERY("WITH r AS (SELECT id FROM t WHERE n > 1) SELECT count(*) AS many FROM r"),
        QUERY("SELECT key, id, parent FROM json_tree('[1]')"),
        QUERY("VALUES (1)"),
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        model_destroy(read_good(*state, good[i]));
}

static void tables_and_queries_are_described(void **state)
{
    AUTO(model)
    struct model *model = read_good(
        *state, "-- schema\nCREATE TABLE t (b INTEGER NOT NULL, a TEXT, r REAL, x BLOB, y ANY,\n"
                "  PRIMARY KEY (a, b)) STRICT;\n-- on loan.opened.v1\nDELETE FROM t;\n"
                "-- query q\n\n-- a comment\nSELECT a\n  FROM t;\n");
    size_t count = 0;
    const struct model_table *table = model_tables(model, &count);
    assert_int_equal(count, 1);
    assert_string_equal(model_name(model), "good");
    assert_string_equal(table->name, "t");
    assert_int_equal(table->column_count, 5);
    assert_int_equal(table->key_count, 2);
    assert_int_equal(table->key[0], 1);
    assert_int_equal(table->key[1], 0);
    assert_int_equal(table->columns[0].key, 2);
    assert_true(table->columns[0].not_null);
    static const enum column_type types[] = {COLUMN_TYPE_INTEGER, COLUMN_TYPE_TEXT,
                                             COLUMN_TYPE_REAL, COLUMN_TYPE_BLOB, COLUMN_TYPE_ANY};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(table->columns[i].type, types[i]);
    const struct model_query *query = model_queries(model, &count);
    assert_int_equal(count, 1);
    assert_string_equal(query->name, "q");
    assert_string_equal(query->sql, "SELECT a\n  FROM t");
    assert_int_equal(query->line, 9);
}

static void the_parameters_of_a_query_are_declared_or_taken_from_its_sql(void **state)
{
    AUTO(model)
    struct model *model =
        read_good(*state, SCHEMA HANDLER
                  "-- query a (one text, two integer=-5 , three real = 1.5, four any = null,"
                  " five blob = 'AA==', six text = 'it''s')\n"
                  "SELECT :one || :two || :three || :four || :five || :six AS x;\n"
                  "-- query b\nSELECT ':no' AS x, :two AS y /* :no */, :one || :two AS z;\n"
                  "-- query c()\nSELECT 1;\n"
                  "-- query d(at any = '2026-11-23')\nSELECT :at;\n");
    static const struct model_query_parameter declared[] = {
        {"one", COLUMN_TYPE_TEXT, false, false, NULL},
        {"two", COLUMN_TYPE_INTEGER, false, true, "-5"},
        {"three", COLUMN_TYPE_REAL, false, true, "1.5"},
        {"four", COLUMN_TYPE_ANY, false, true, NULL},
        {"five", COLUMN_TYPE_BLOB, false, true, "AA=="},
        {"six", COLUMN_TYPE_TEXT, false, true, "it's"}};
    size_t count = 0;
    const struct model_query *queries = model_queries(model, &count);
    assert_int_equal(count, 4);
    assert_int_equal(queries[0].parameter_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct model_query_parameter *got = &queries[0].parameters[i];
        assert_string_equal(got->name, declared[i].name);
        assert_int_equal(got->type, declared[i].type);
        assert_int_equal(got->optional, declared[i].optional);
        assert_string_equal(got->fallback ? got->fallback : "-",
                            declared[i].fallback ? declared[i].fallback : "-");
    }
    assert_int_equal(queries[1].parameter_count, 2);
    assert_string_equal(queries[1].parameters[0].name, "two");
    assert_string_equal(queries[1].parameters[1].name, "one");
    assert_int_equal(queries[1].parameters[0].type, COLUMN_TYPE_ANY);
    assert_false(queries[1].parameters[0].optional);
    assert_int_equal(queries[2].parameter_count, 0);
    assert_string_equal(queries[3].name, "d");
    assert_string_equal(queries[3].parameters[0].fallback, "2026-11-23");
}

#define DECLARED(list, sql) SCHEMA HANDLER "-- query q " list "\n" sql ";\n"

static void parameters_that_are_declared_wrongly_are_rejected(void **state)
{
    static const struct bad_file bad[] = {
        {DECLARED("(a", "SELECT :a"), 5, "a type is missing at the end"},
        {DECLARED("(a text", "SELECT :a"), 5, "a comma or ) is missing at the end"},
        {DECLARED("(a text b text)", "SELECT :a"), 5, "a comma or ) is missing before b"},
        {DECLARED("(a text,)", "SELECT :a"), 5, "a parameter's name is missing before )"},
        {DECLARED("(A text)", "SELECT :A"), 5, "a parameter's name is missing before A"},
        {DECLARED("(:a text)", "SELECT :a"), 5, "a parameter's name is missing before :a"},
        {DECLARED("(a txet)", "SELECT :a"), 5, "did you mean text"},
        {DECLARED("(a varchar)", "SELECT :a"), 5,
         "the types are text, integer, real, blob and any"},
        {DECLARED("(a text, a text)", "SELECT :a"), 5, "duplicate parameter a"},
        {DECLARED("(a text =)", "SELECT :a"), 5,
         "a default (a number, a 'text' or null) is missing"},
        {DECLARED("(a integer = - x)", "SELECT :a"), 5, "a default"},
        {DECLARED("(a integer = 'x')", "SELECT :a"), 5, "the default of a is a number"},
        {DECLARED("(at text = 'soon')", "SELECT :at"), 5, "the default of at: must be a date-time"},
        {DECLARED("(a integer = 1.5)", "SELECT :a"), 5,
         "the default of a: must be a 64-bit integer"},
        {DECLARED("(a text = 1)", "SELECT :a"), 5, "the default of a is written in quotes"},
        {DECLARED("(a blob = '?')", "SELECT :a"), 5, "the default of a: must be base64"},
        {DECLARED("(a text) b", "SELECT :a"), 5, "unexpected text after the list"},
        {DECLARED("(a text = 'x)", "SELECT :a"), 5, "a default"},
        {DECLARED("(a text, b text)", "SELECT :a"), 5,
         "the query q declares :b but does not use it"},
        {DECLARED("(a text)", "SELECT\n:a || :b AS c"), 6,
         "the query q uses :b, which line 5 does not declare"},
        {DECLARED("()", "SELECT :a"), 6, "which line 5 does not declare"},
        {SCHEMA HANDLER "--query q (a text)\nSELECT :a;\n", 5, "head of a section as `-- query`"},
    };
    REFUSE_ALL(bad);
}

static bool same_hash(const struct model_fixture *fixture, const char *a, const char *b)
{
    AUTO(model) struct model *model = read_good(fixture, a);
    AUTO(model) struct model *other = read_good(fixture, b);
    return strcmp(model_definition_hash(model), model_definition_hash(other)) == 0;
}

static void the_definition_hash_changes_with_schema_handlers_and_types_only(void **state)
{
    const struct model_fixture *fixture = *state;
    const char *plain = SCHEMA HANDLER;
    assert_true(same_hash(fixture, plain, "-- about it\n\n" SCHEMA HANDLER));
    assert_true(same_hash(fixture, plain, SCHEMA HANDLER "-- query q\nSELECT 1;\n"));
    assert_true(same_hash(fixture, plain, SCHEMA "-- note\n" HANDLER "\n-- more\n"));
    assert_false(same_hash(fixture, plain,
                           SCHEMA "-- on loan.requested.v1\n"
                                  "INSERT INTO t (id) VALUES (:id);\n"));
    assert_false(same_hash(fixture, plain, SCHEMA HANDLER "UPDATE t SET n = 1;\n"));
    assert_false(same_hash(fixture, plain,
                           SCHEMA HANDLER "-- on loan.requested.v1\n"
                                          "UPDATE t SET n = 1;\n"));
    assert_false(
        same_hash(fixture, plain,
                  "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY, n INT) STRICT;\n" HANDLER));
}

/* The hash of a model that reads an event type with this schema. */
static void hash_with_schema(const struct model_fixture *fixture, const char *schema,
                             struct text *out)
{
    AUTO(string) char *folder = model_fixture_path(fixture, "events");
    AUTO(string) char *path = model_fixture_path(fixture, "events/parcel.lost.v1.json");
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(model) struct model *model = NULL;
    (void)mkdir(folder, 0777);
    test_file_write(path, schema);
    assert_ok(catalogue_open(&lending.schemas, fixture->directory, &catalogue, &error));
    assert_ok(model_read("m.sql",
                         slice_of(ON("parcel.lost.v1", "INSERT INTO t (id, n) VALUES (:id, :data "
                                                       "->> 'weight')")),
                         catalogue, &model, &error));
    text_add(out, model_definition_hash(model));
}

static void the_definition_hash_changes_with_the_schema_of_a_type(void **state)
{
    AUTO(text) struct text first = {0}, spaced = {0}, second = {0};
    hash_with_schema(*state, "{\"properties\":{\"weight\":{\"type\":\"integer\"}}}", &first);
    hash_with_schema(*state, "{ \"properties\":{\n\"weight\":{\"type\":\"integer\"}}}", &spaced);
    hash_with_schema(*state, "{\"properties\":{\"weight\":{\"type\":\"number\"}}}", &second);
    assert_string_equal(first.at, spaced.at);
    assert_string_not_equal(first.at, second.at);
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(malformed_sections_are_rejected),
        CLAIM(tables_that_break_a_rule_are_rejected),
        CLAIM(handlers_that_cannot_run_are_rejected),
        CLAIM(queries_that_cannot_run_are_rejected),
        CLAIM(a_file_with_an_invalid_name_is_rejected),
        CLAIM(damaged_definitions_are_read_or_rejected),
        CLAIM(unusual_valid_definitions_are_accepted),
        CLAIM(tables_and_queries_are_described),
        CLAIM(the_parameters_of_a_query_are_declared_or_taken_from_its_sql),
        CLAIM(parameters_that_are_declared_wrongly_are_rejected),
        CLAIM(the_definition_hash_changes_with_schema_handlers_and_types_only),
        CLAIM(the_definition_hash_changes_with_the_schema_of_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
