/* The set of models: the domain's own, and those of a directory, which join or replace them. */
#include "tests/domain/lending.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

static void models_of_the_domain_are_valid_and_sorted_by_name(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(models) struct models *models = NULL;
    assert_ok(models_open(lending.read_models, NULL, fixture->catalogue, &models, &error));
    static const char *const names[] = {"branch_loans", "loan_books", "loans", "shelves"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct model *model = models_find(models, names[i]);
        assert_non_null(model);
        size_t tables = 0, queries = 0;
        assert_string_equal(model_tables(model, &tables)[0].name, names[i]);
        (void)model_queries(model, &queries);
        assert_true(tables >= 1 && queries >= 1);
        assert_int_equal(strlen(model_definition_hash(model)), 64);
    }
    for (size_t i = 1; i < models_count(models); i++)
        assert_true(strcmp(model_name(models_at(models, i - 1)), model_name(models_at(models, i))) <
                    0);
    assert_null(models_find(models, "branches"));
    AUTO(text) struct text written = {0};
    models_write_names(models, &written);
    assert_text_contains(written.at, "branch_loans, loan_books, loans");
    assert_text_contains(written.at, " and shelves");
}

#define OWN_TEXT                                                                                   \
    "-- schema\nCREATE TABLE %s (id TEXT PRIMARY KEY) STRICT;\n"                                   \
    "-- on loan.opened.v1\nINSERT INTO %s VALUES (:id);\n"                                         \
    "-- query %s\nSELECT * FROM %s;\n"

static void write_own(const struct model_fixture *fixture, const char *file, const char *table,
                      const char *query)
{
    AUTO(string) char *path = model_fixture_path(fixture, file);
    AUTO(text) struct text text = {0};
    text_printf(&text, OWN_TEXT, table, table, query, table);
    test_file_write(path, text.at);
}

static void models_of_a_directory_join_those_of_the_domain(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(models) struct models *models = NULL;
    write_own(fixture, "seen.sql", "seen", "all_seen");
    write_own(fixture, ".seen.sql.swp", "other", "other");
    write_own(fixture, "notes.txt", "other", "other");
    assert_ok(
        models_open(lending.read_models, fixture->directory, fixture->catalogue, &models, &error));
    assert_non_null(models_find(models, "seen"));
    assert_non_null(models_find(models, "loans"));
    assert_null(models_find(models, "notes"));
}

static void a_model_of_a_directory_replaces_one_of_the_domain_with_its_name(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(models) struct models *models = NULL, *before = NULL;
    write_own(fixture, "shelves.sql", "shelves", "empty_shelves");
    assert_ok(models_open(lending.read_models, NULL, fixture->catalogue, &before, &error));
    assert_ok(
        models_open(lending.read_models, fixture->directory, fixture->catalogue, &models, &error));
    assert_int_equal(models_count(models), models_count(before));
    size_t count = 0;
    assert_int_equal(model_tables(models_find(models, "shelves"), &count)[0].column_count, 1);
}

static void refuse_own(struct model_fixture *fixture, const char *file, const char *table,
                       const char *query, const char *message)
{
    struct models *models = NULL;
    struct error error = {0};
    write_own(fixture, file, table, query);
    assert_int_equal(
        models_open(lending.read_models, fixture->directory, fixture->catalogue, &models, &error),
        ERR_DEFINITION);
    assert_text_contains(error.text, message);
}

static void two_models_cannot_share_a_table(void **state)
{
    refuse_own(*state, "mine.sql", "shelves", "mine",
               "/mine.sql:2: shelves.sql has a table shelves too");
}

static void two_models_cannot_share_a_query(void **state)
{
    refuse_own(*state, "mine.sql", "mine", "empty_shelves",
               "/mine.sql:5: shelves.sql has a query empty_shelves too");
}

static void a_bad_model_is_named_with_its_path_and_line(void **state)
{
    refuse_own(*state, "mine.sql", "Mine", "mine", "/mine.sql:2: the table name \"Mine\"");
}

static void an_error_about_a_missing_directory_names_it(void **state)
{
    struct model_fixture *fixture = *state;
    struct models *models = NULL;
    struct error error = {0};
    assert_int_equal(
        models_open(lending.read_models, "/nowhere/at/all", fixture->catalogue, &models, &error),
        ERR_DEFINITION);
    assert_text_contains(error.text, "/nowhere/at/all");
}

static void a_file_of_more_than_a_mebibyte_is_rejected(void **state)
{
    struct model_fixture *fixture = *state;
    struct models *models = NULL;
    struct error error = {0};
    AUTO(string) char *path = model_fixture_path(fixture, "large.sql");
    AUTO(text) struct text text = {0};
    while (text.length < 1100000)
        text_add(&text, "-- a line of comment\n");
    test_file_write(path, text.at);
    assert_int_equal(
        models_open(lending.read_models, fixture->directory, fixture->catalogue, &models, &error),
        ERR_DEFINITION);
    assert_text_contains(error.text, "large.sql: larger than ");
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(models_of_the_domain_are_valid_and_sorted_by_name),
        CLAIM(models_of_a_directory_join_those_of_the_domain),
        CLAIM(a_model_of_a_directory_replaces_one_of_the_domain_with_its_name),
        CLAIM(two_models_cannot_share_a_table),
        CLAIM(two_models_cannot_share_a_query),
        CLAIM(a_bad_model_is_named_with_its_path_and_line),
        CLAIM(an_error_about_a_missing_directory_names_it),
        CLAIM(a_file_of_more_than_a_mebibyte_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
