/* The definition a generation was built from decides what can be asked of it, whatever program
 * asks: one that is older than the generation, or newer. */
#include "tests/read_model/read_fixture.h"

/* `things` with other columns, a table of its own, one query more and one that has changed. */
static const char other[] =
    "-- schema\n"
    "CREATE TABLE things (id TEXT PRIMARY KEY, colour TEXT) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE colours (colour TEXT PRIMARY KEY, things INTEGER) STRICT, WITHOUT ROWID;\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO things (id) VALUES (:id);\n"
    "-- query things_total\n"
    "SELECT count(*) AS coloured FROM things WHERE colour IS NOT NULL;\n"
    "-- query things_of_colour\n"
    "SELECT id FROM things WHERE colour = :colour ORDER BY id;\n";

static void serve_other(struct read_fixture *fixture)
{
    AUTO(model_store) struct model_store *store = read_fixture_generation_of(fixture, other, 2);
    read_fixture_commit(store, 5,
                        "INSERT INTO things VALUES ('a', 'red'), ('b', NULL);"
                        "INSERT INTO colours VALUES ('red', 1)");
    read_fixture_serve(fixture, 2);
}

static void serve_own(struct read_fixture *fixture)
{
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 3);
    read_fixture_commit(store, 6, "INSERT INTO things (id, number) VALUES ('a', 3)");
    read_fixture_serve(fixture, 3);
}

static enum err read_one(struct read_fixture *fixture, const char *table, const char *key,
                         struct error *error)
{
    AUTO(read_answer) struct read_answer answer = {0};
    struct slice part = slice_of(key);
    return read_row(fixture->side, table, &part, 1, &answer, error);
}

static enum err list_by(struct read_fixture *fixture, const char *column, struct error *error)
{
    AUTO(read_answer) struct read_answer answer = {0};
    struct read_parameter filter = {slice_of(column), slice_of("1")};
    return read_list(fixture->side, "things", &filter, 1, &answer, error);
}

static void tables_have_the_columns_of_the_generation_that_serves(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    serve_other(fixture);
    assert_string_equal(read_fixture_row(fixture, "things", "a", &answer),
                        "{\"id\":\"a\",\"colour\":\"red\"}");
    assert_string_equal(read_fixture_list(fixture, "things", "colour=red&fields=id", &answer),
                        "{\"rows\":[{\"id\":\"a\"}]}");
    assert_err(ERR_INVALID_PARAMETER, list_by(fixture, "number", &error));
    serve_own(fixture);
    wait_until(5, list_by(fixture, "number", NULL) == OK);
    assert_err(ERR_INVALID_PARAMETER, list_by(fixture, "colour", &error));
    assert_text_contains(read_fixture_row(fixture, "things", "a", &answer), "\"number\":3");
}

static void queries_are_those_of_the_generation_that_serves(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    serve_other(fixture);
    assert_string_equal(read_fixture_query(fixture, "things_total", "", &answer),
                        "{\"rows\":[{\"coloured\":1}]}");
    serve_own(fixture);
    wait_until(5, strcmp(read_fixture_query(fixture, "things_total", "", &answer),
                         "{\"rows\":[{\"total\":3}]}") == 0);
}

static void a_table_or_query_unknown_to_the_program_is_found(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    assert_err(ERR_NOT_FOUND, read_one(fixture, "colours", "red", &error));
    serve_other(fixture);
    assert_string_equal(read_fixture_row(fixture, "colours", "red", &answer),
                        "{\"colour\":\"red\",\"things\":1}");
    assert_ptr_equal(answer.model, fixture->model);
    assert_string_equal(read_fixture_query(fixture, "things_of_colour", "colour=red", &answer),
                        "{\"rows\":[{\"id\":\"a\"}]}");
    assert_ptr_equal(answer.model, fixture->model);
    serve_own(fixture);
    wait_until(5, read_one(fixture, "colours", "red", NULL) == ERR_NOT_FOUND);
}

/* In the program, another model has the table. */
static void a_table_that_moves_is_read_from_the_model_that_serves_it(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct slice key = slice_of("a");
    assert_err(ERR_NOT_READY, read_row(fixture->side, "loans", &key, 1, &answer, &error));
    assert_string_equal(model_name(answer.model), "loans");
    AUTO(model_store)
    struct model_store *store = read_fixture_generation_of(
        fixture,
        "-- schema\nCREATE TABLE loans (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
        "-- on loan.opened.v1\nINSERT INTO loans (id) VALUES (:id);\n",
        2);
    read_fixture_commit(store, 5, "INSERT INTO loans VALUES ('a')");
    read_fixture_serve(fixture, 2);
    assert_string_equal(read_fixture_row(fixture, "loans", "a", &answer), "{\"id\":\"a\"}");
    assert_ptr_equal(answer.model, fixture->model);
    assert_int_equal(answer.position, 5);
}

static void names_that_only_the_program_has_are_not_ready_until_it_serves(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct error error = {0};
    struct slice key[] = {slice_of("1"), slice_of("x")};
    serve_other(fixture);
    assert_int_equal(read_row(fixture->side, "pairs", key, 2, &answer, &error), ERR_NOT_READY);
    assert_text_contains(error.text,
                         "the table \"pairs\" belongs to the next generation of read model things");
    assert_int_equal(read_query(fixture->side, "things_numbered", NULL, 0, &answer, &error),
                     ERR_NOT_READY);
    serve_own(fixture);
    wait_until(5, read_row(fixture->side, "pairs", key, 2, &answer, NULL) == ERR_NOT_FOUND);
}

/* The program's text with one query changed: built from it, but asked by the program's. */
static void a_changed_query_needs_no_other_generation(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(text) struct text text = {0};
    struct slice own = model_text(fixture->model);
    const char *query = strstr(own.at, "SELECT sum(number) AS total FROM things");
    text_add_bytes(&text, own.at, (size_t)(query - own.at));
    text_add(&text, "SELECT 0 AS none FROM things");
    text_add(&text, strstr(query, ";"));
    AUTO(model_store)
    struct model_store *store = read_fixture_generation_of(fixture, text.at, 1);
    read_fixture_commit(store, 1, "INSERT INTO things (id, number) VALUES ('a', 3)");
    read_fixture_serve(fixture, 1);
    assert_string_equal(read_fixture_query(fixture, "things_total", "", &answer),
                        "{\"rows\":[{\"total\":3}]}");
}

static void count_queries_of_things(void *context, const struct model *definition)
{
    if (strcmp(model_name(definition), "things") == 0)
        (void)model_queries(definition, context);
}

static void each_definition_is_the_one_in_force(void **state)
{
    struct read_fixture *fixture = *state;
    size_t queries = 0;
    read_side_each_definition(fixture->side, count_queries_of_things, &queries);
    assert_int_equal(queries, 10);
    serve_other(fixture);
    read_side_each_definition(fixture->side, count_queries_of_things, &queries);
    assert_int_equal(queries, 2);
}

#define TEST(claim)                                                                                \
    cmocka_unit_test_setup_teardown(claim, read_fixture_setup, read_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tables_have_the_columns_of_the_generation_that_serves),
        TEST(queries_are_those_of_the_generation_that_serves),
        TEST(a_table_or_query_unknown_to_the_program_is_found),
        TEST(a_table_that_moves_is_read_from_the_model_that_serves_it),
        TEST(names_that_only_the_program_has_are_not_ready_until_it_serves),
        TEST(a_changed_query_needs_no_other_generation),
        TEST(each_definition_is_the_one_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
