/* check: a live model against a rebuild. */
#include "projectors/rebuild_check.h"
#include "read_model/definition/model.h"
#include "tests/projectors/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static enum err check(struct fixture *f, int64_t *ret_position, struct text *remarks,
                      struct error *error)
{
    struct build_options options = fixture_rebuild(f);
    return rebuild_check(&options, "loans", ret_position, remarks, error);
}

static bool leaves_files(struct fixture *f)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/read/loans.check.db", f->directory);
    return access(path.at, F_OK) == 0;
}

static void an_unmodified_model_equals_a_rebuild(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 100);
    fixture_bring_up(f);
    fixture_add_loans(f, 101, 10); /* the model need not be at the head */
    assert_ok(check(f, &position, &remarks, &error));
    assert_int_equal(position, 200);
    assert_int_equal(remarks.length, 0);
    assert_false(leaves_files(f));
}

static void an_edited_row_is_found(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    struct error error = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 100);
    fixture_bring_up(f);
    fixture_edit(f, "UPDATE loans SET copies = copies + 1 WHERE loan_id = 'L-42'");
    assert_int_equal(check(f, &position, &remarks, &error), ERR_FAILED);
    assert_text_contains(error.text, "L-42");
    assert_text_contains(error.text, "copies");
    assert_false(leaves_files(f));
}

static void a_missing_and_an_additional_row_are_found(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    struct error error = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 20);
    fixture_bring_up(f);
    fixture_edit(f, "DELETE FROM loans WHERE loan_id = 'L-7'");
    assert_int_equal(check(f, &position, &remarks, &error), ERR_FAILED);
    assert_text_contains(error.text, "L-7");
    fixture_edit(f, "INSERT INTO loans VALUES ('L-7', 'C7', 7), ('ZZZ', 'C1', 0)");
    assert_int_equal(check(f, &position, &remarks, &error), ERR_FAILED);
    assert_text_contains(error.text, "ZZZ");
}

/* The same SQLite reads the same rows in the same order; another version may not. */
static void a_handler_that_depends_on_an_undefined_order_is_found(void **state)
{
    struct fixture *f = *state;
    static const char definition[] =
        "-- schema\n"
        "CREATE TABLE loans (loan_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;\n"
        "CREATE TABLE found (one INTEGER PRIMARY KEY, loan_id TEXT) STRICT, WITHOUT ROWID;\n"
        "-- on loan.opened.v1\n"
        "INSERT INTO loans VALUES (:id);\n"
        "REPLACE INTO found VALUES (1, (SELECT loan_id FROM loans WHERE loan_id > 'L-1'));\n";
    AUTO(text) struct text remarks = {0};
    struct error why = {0};
    int64_t position = -1;
    model_destroy(f->model);
    f->model = NULL;
    assert_ok(model_read("loans.sql", slice_of(definition), f->catalogue, &f->model, &error));
    fixture_add_loans(f, 1, 9);
    fixture_bring_up(f);
    assert_int_equal(check(f, &position, &remarks, &why), ERR_FAILED);
    assert_text_contains(why.text, "no ORDER BY defines");
    assert_text_contains(why.text, "found: row 1: column loan_id is 'L-2' in the live one");
    assert_false(leaves_files(f));
}

static void a_check_without_a_generation_is_reported(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 1);
    assert_err(ERR_NOT_READY, check(f, &position, &remarks, &error));
}

static void a_check_names_parked_streams(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 1);
    fixture_open_loan(f, 2, NULL);
    fixture_bring_up(f);
    assert_ok(check(f, &position, &remarks, &error));
    assert_text_contains(remarks.at, "loan/L-2");
    assert_text_contains(remarks.at, "position 3");
}

static void a_check_uses_the_definition_that_built_the_generation(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    int64_t position = -1;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    struct build_options options = fixture_rebuild(f);
    assert_ok(rebuild_check(&options, "loans", &position, &remarks, &error));
    assert_int_equal(position, 20);
}

/* A live model moves on while it is checked. */
struct writer {
    struct fixture *fixture;
    pthread_t thread;
    atomic_bool stopping;
};

static void *write_on(void *argument)
{
    struct writer *writer = argument;
    for (int number = 1001; !atomic_load(&writer->stopping); number++)
        fixture_add_loans(writer->fixture, number, 1);
    return NULL;
}

static void a_model_may_advance_while_it_is_checked(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text remarks = {0};
    struct writer writer = {.fixture = f};
    int64_t position = -1;
    fixture_add_loans(f, 1, 1000);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2000));
    assert_int_equal(pthread_create(&writer.thread, NULL, write_on, &writer), 0);
    for (int i = 0; i < 3; i++)
        assert_ok(check(f, &position, &remarks, &error));
    atomic_store(&writer.stopping, true);
    pthread_join(writer.thread, NULL);
    assert_true(position >= 2000);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(an_unmodified_model_equals_a_rebuild),
        WITH_FIXTURE(an_edited_row_is_found),
        WITH_FIXTURE(a_missing_and_an_additional_row_are_found),
        WITH_FIXTURE(a_handler_that_depends_on_an_undefined_order_is_found),
        WITH_FIXTURE(a_check_without_a_generation_is_reported),
        WITH_FIXTURE(a_check_names_parked_streams),
        WITH_FIXTURE(a_check_uses_the_definition_that_built_the_generation),
        WITH_FIXTURE(a_model_may_advance_while_it_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
