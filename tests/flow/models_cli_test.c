/* annal models: listing, lint and prune, with a worker that holds the model and without one. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <unistd.h>

static const char *data;
static struct annal_process commands, projector;

static void start_projector(void)
{
    annal_start(&projector, data, (const char *[]){"projector", "shelves", "--bus", "log:", NULL});
}

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    annal_start(
        &commands, data,
        (const char *[]){"commands", "--bus", "log:", "--commands-listen", "127.0.0.1:0", NULL});
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(annal_address(&commands, NULL), "/commands/shelf/B-1/stock", "{\"copies\":2}",
                   &reply);
    assert_int_equal(reply.status, 201);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (projector.pid)
        annal_stop(&projector, 20);
    annal_stop(&commands, 20);
    test_directory_remove(data);
    return 0;
}

/* The generations of a model, from `annal models --json`; the caller owns the array. */
static json_t *generations_of(const char *name)
{
    AUTO(json) json_t *all = annal_run_json_lines(data, (const char *[]){"models", "--json", NULL});
    size_t i;
    json_t *model, *found = NULL;
    json_array_foreach (all, i, model) {
        if (strcmp(json_string_or(model, "name", ""), name) == 0)
            found = json_object_get(model, "generations");
    }
    assert_non_null(found);
    return json_incref(found);
}

static size_t count_generations(void)
{
    AUTO(json) json_t *list = generations_of("shelves");
    return json_array_size(list);
}

static void rebuild(void)
{
    assert_int_equal(annal_run(data, (const char *[]){"rebuild", "shelves", NULL}, NULL, NULL), 0);
}

static void a_model_that_is_not_built_is_listed_without_generations(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(count_generations(), 0);
    assert_int_equal(annal_run(data, (const char *[]){"models", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "shelves");
    assert_text_contains(out.at, "not built");
}

static void generations_are_listed_with_state_position_size_and_definition(void **state)
{
    (void)state;
    rebuild();
    rebuild();
    AUTO(json) json_t *list = generations_of("shelves");
    assert_int_equal(json_array_size(list), 2);
    const json_t *older = json_array_get(list, 0), *serving = json_array_get(list, 1);
    assert_string_equal(json_string_or(older, "state", ""), "retired");
    assert_string_equal(json_string_or(serving, "state", ""), "serving");
    assert_false(json_is_true(json_object_get(older, "current")));
    assert_true(json_is_true(json_object_get(serving, "current")));
    assert_int_equal(json_int_or(serving, "position", 0), 1);
    assert_true(json_int_or(serving, "bytes", 0) > 4096);
    assert_int_equal(strlen(json_string_or(serving, "definition", "")), 64);
    assert_true(json_is_true(json_object_get(serving, "definition_is_ours")));
}

/* A program without a definition replaces no generation, and retired generations are not replaced. */
static void only_a_serving_generation_of_another_definition_is_marked(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, none = {0};
    assert_int_equal(annal_run(data, (const char *[]){"models", NULL}, &out, NULL), 0);
    assert_null(strstr(out.at, "(another)"));
    const char *words[] = {"models", "--domain", "none", NULL};
    assert_int_equal(annal_run(data, words, &none, NULL), 0);
    assert_text_contains(none.at, "shelves");
    assert_null(strstr(none.at, "(another)"));
}

static void prune_keeps_the_generation_that_serves(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data, (const char *[]){"models", "prune", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "shelves: 1 removed");
    AUTO(json) json_t *list = generations_of("shelves");
    assert_int_equal(json_array_size(list), 1);
    assert_true(json_is_true(json_object_get(json_array_get(list, 0), "current")));
    assert_int_equal(annal_run(data, (const char *[]){"models", "prune", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "nothing to remove");
    assert_int_equal(count_generations(), 1);
}

static void rebuild_and_prune_print_json(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"rebuild", "shelves", "--json", NULL}, &out, NULL), 0);
    assert_string_equal(out.at, "{\"model\":\"shelves\",\"position\":1}\n");
    text_clear(&out);
    assert_int_equal(
        annal_run(data, (const char *[]){"models", "prune", "--json", NULL}, &out, NULL), 0);
    AUTO(json) json_t *answer = NULL;
    assert_ok(json_read(text_slice(&out), &answer, &error));
    assert_string_equal(json_string_or(answer, "model", ""), "shelves");
    assert_int_equal(json_int_or(answer, "generations", 0), 1);
    assert_true(json_int_or(answer, "bytes", 0) > 4096);
    text_clear(&out);
    assert_int_equal(
        annal_run(data, (const char *[]){"models", "prune", "--json", NULL}, &out, NULL), 0);
    assert_string_equal(out.at, "");
}

static void prune_is_done_by_the_worker_that_holds_the_model(void **state)
{
    (void)state;
    start_projector();
    rebuild();
    assert_int_equal(count_generations(), 2);
    assert_int_equal(
        annal_run(data, (const char *[]){"models", "prune", "shelves", NULL}, NULL, NULL), 0);
    assert_int_equal(count_generations(), 1);
    assert_int_equal(annal_stop(&projector, 20), 0);
    assert_int_equal(annal_run(data, (const char *[]){"check", "shelves", NULL}, NULL, NULL), 0);
}

static void several_models_are_rebuilt_at_once(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"rebuild", "loans", "branch_loans", "shelves", NULL}, NULL,
                  &errors),
        0);
    assert_text_contains(errors.at, "rebuild loans, branch_loans, shelves: 1 events");
    assert_int_equal(annal_run(data,
                               (const char *[]){"check", "loans", "branch_loans", "shelves", NULL},
                               NULL, NULL),
                     0);
    assert_int_equal(annal_run(data,
                               (const char *[]){"rebuild", "branch_loans", "branch_loans", NULL},
                               NULL, &errors),
                     2);
    assert_text_contains(errors.at, "branch_loans is named twice");
    assert_int_equal(
        annal_run(data, (const char *[]){"models", "prune", "shelves", NULL}, NULL, NULL), 0);
}

/* As after a typing error in --data. */
static void a_directory_without_a_log_is_reported_and_not_created(void **state)
{
    (void)state;
    static const char *const tasks[] = {"rebuild", "check"};
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/nowhere", data);
    for (size_t i = 0; i < 2; i++) {
        AUTO(text) struct text errors = {0};
        assert_int_equal(
            annal_run(path.at, (const char *[]){tasks[i], "shelves", NULL}, NULL, &errors), 1);
        assert_text_contains(errors.at, "file not found");
        assert_int_not_equal(access(path.at, F_OK), 0);
    }
}

/* loan_books is not built yet. */
static void a_model_that_cannot_be_checked_does_not_stop_the_others(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"check", "loan_books", "shelves", NULL}, &out, &errors),
        1);
    assert_text_contains(errors.at, "lending_annal check: read model loan_books not found in ");
    assert_text_contains(out.at, "shelves equals a rebuild");
}

static void a_damaged_file_is_reported_and_hides_no_other(void **state)
{
    (void)state;
    AUTO(text) struct text path = {0};
    AUTO(text) struct text out = {0};
    text_printf(&path, "%s/read/shelves.1.db", data);
    test_file_write(path.at, "this is no database, whatever its name says");
    AUTO(json) json_t *list = generations_of("shelves");
    assert_int_equal(json_array_size(list), 2);
    assert_true(json_string_or(json_array_get(list, 0), "trouble", "")[0] != '\0');
    assert_string_equal(json_string_or(json_array_get(list, 1), "state", ""), "serving");
    assert_int_equal(annal_run(data, (const char *[]){"models", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "unreadable");
    unlink(path.at);
}

static void write_definition(const char *name, const char *text, struct text *ret_path)
{
    text_clear(ret_path);
    text_printf(ret_path, "%s/%s.sql", data, name);
    test_file_write(ret_path->at, text);
}

static void lint_names_file_and_line_of_each_fault(void **state)
{
    (void)state;
    AUTO(text) struct text good = {0}, bad = {0}, clash = {0}, out = {0}, errors = {0};
    write_definition("good",
                     "-- schema\nCREATE TABLE good (id TEXT PRIMARY KEY) STRICT;\n"
                     "-- on loan.opened.v1\nINSERT INTO good VALUES (:id);\n",
                     &good);
    write_definition("bad",
                     "-- schema\nCREATE TABLE bad (id TEXT PRIMARY KEY) STRICT;\n"
                     "-- on loan.opened.v1\nINSERT INTO bad VALUES (:data ->> 'membrId');\n",
                     &bad);
    write_definition("clash",
                     "-- schema\nCREATE TABLE shelves (id TEXT PRIMARY KEY) STRICT;\n"
                     "-- on loan.opened.v1\nINSERT INTO shelves VALUES (:id);\n",
                     &clash);
    assert_int_equal(annal_run(data, (const char *[]){"models", "lint", good.at, NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "good.sql: valid");
    assert_int_equal(annal_run(data,
                               (const char *[]){"models", "lint", bad.at, good.at, clash.at, NULL},
                               &out, &errors),
                     1);
    assert_text_contains(out.at, "good.sql: valid");
    assert_text_contains(errors.at, "bad.sql:4: ");
    assert_text_contains(errors.at, "memberId");
    assert_text_contains(errors.at, "clash.sql:2: shelves.sql has a table shelves too");
}

static void lint_prints_json_and_finds_conflicting_files(void **state)
{
    (void)state;
    AUTO(text) struct text first = {0}, second = {0}, out = {0};
    write_definition("first",
                     "-- schema\nCREATE TABLE mine (id TEXT PRIMARY KEY) STRICT;\n"
                     "-- on loan.opened.v1\nINSERT INTO mine VALUES (:id);\n",
                     &first);
    write_definition("second",
                     "-- schema\nCREATE TABLE yours (id TEXT PRIMARY KEY) STRICT;\n\n"
                     "CREATE TABLE mine (id TEXT PRIMARY KEY) STRICT;\n"
                     "-- on loan.opened.v1\nINSERT INTO mine VALUES (:id);\n",
                     &second);
    const char *const words[] = {"models", "lint", "--json", first.at, second.at, NULL};
    assert_int_equal(annal_run(data, words, &out, NULL), 1);
    AUTO(json) json_t *files = annal_read_json_lines(&out);
    assert_int_equal(json_array_size(files), 2);
    assert_true(json_is_true(json_object_get(json_array_get(files, 0), "valid")));
    assert_true(json_is_false(json_object_get(json_array_get(files, 1), "valid")));
    assert_int_equal(json_int_or(json_array_get(files, 1), "line", 0), 4);
    assert_text_contains(json_string_or(json_array_get(files, 1), "problem", ""),
                         "first.sql has a table mine too");
}

static void lint_of_a_missing_file_fails(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"models", "lint", "/nowhere/x.sql", NULL}, NULL, &errors),
        1);
    assert_text_contains(errors.at, "/nowhere/x.sql");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_that_is_not_built_is_listed_without_generations),
        cmocka_unit_test(generations_are_listed_with_state_position_size_and_definition),
        cmocka_unit_test(only_a_serving_generation_of_another_definition_is_marked),
        cmocka_unit_test(prune_keeps_the_generation_that_serves),
        cmocka_unit_test(rebuild_and_prune_print_json),
        cmocka_unit_test(prune_is_done_by_the_worker_that_holds_the_model),
        cmocka_unit_test(several_models_are_rebuilt_at_once),
        cmocka_unit_test(a_directory_without_a_log_is_reported_and_not_created),
        cmocka_unit_test(a_model_that_cannot_be_checked_does_not_stop_the_others),
        cmocka_unit_test(a_damaged_file_is_reported_and_hides_no_other),
        cmocka_unit_test(lint_names_file_and_line_of_each_fault),
        cmocka_unit_test(lint_prints_json_and_finds_conflicting_files),
        cmocka_unit_test(lint_of_a_missing_file_fails),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
