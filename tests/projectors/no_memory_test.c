/* A handler for which SQLite finds no memory. The allocator is a mock: memory cannot be made to end at
 * one statement otherwise. */
#include "tests/projectors/fixture.h"

#include "projectors/step_limits.h"
#include "read_model/definition/model.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define LARGE_BYTES (4 * 1024 * 1024)

static sqlite3_mem_methods real;
static atomic_int failures; /* so many large allocations fail */

static bool fails(int bytes)
{
    return bytes > LARGE_BYTES && atomic_load(&failures) > 0 && atomic_fetch_sub(&failures, 1) > 0;
}

static void *allocate(int bytes)
{
    return fails(bytes) ? NULL : real.xMalloc(bytes);
}

static void *reallocate(void *memory, int bytes)
{
    return fails(bytes) ? NULL : real.xRealloc(memory, bytes);
}

static void use_mock(void)
{
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    sqlite3_mem_methods mock = real;
    mock.xMalloc = allocate;
    mock.xRealloc = reallocate;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &mock), SQLITE_OK);
}

/* Makes a text of 10,000,000 bytes for the member "large". */
static const char definition[] =
    "-- schema\n"
    "CREATE TABLE loans (loan_id TEXT PRIMARY KEY, n INTEGER, copies INTEGER DEFAULT 0) STRICT;\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO loans (loan_id, n) SELECT :id, CASE WHEN :data ->> 'memberId' = 'large' THEN\n"
    "  length(replace(replace(replace(replace(replace(replace(replace('x', 'x', 'xxxxxxxxxx'),\n"
    "  'x', 'xxxxxxxxxx'), 'x', 'xxxxxxxxxx'), 'x', 'xxxxxxxxxx'), 'x', 'xxxxxxxxxx'),\n"
    "  'x', 'xxxxxxxxxx'), 'x', 'xxxxxxxxxx')) ELSE 0 END;\n"
    "-- on loan.book.added.v1\n"
    "UPDATE loans SET copies = copies + (:data ->> 'copies') WHERE loan_id = :id;\n";

static int set_up(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    model_destroy(f->model);
    f->model = NULL;
    assert_ok(model_read("loans.sql", slice_of(definition), f->catalogue, &f->model, &error));
    return 0;
}

static void add_events(struct fixture *f)
{
    fixture_add_loans(f, 1, 1);
    fixture_open_loan(f, 2, "large");
    fixture_add_book(f, 2, 5);
    fixture_add_loans(f, 3, 1);
}

static void a_handler_that_always_runs_out_of_memory_parks_its_stream(void **state)
{
    struct fixture *f = *state;
    atomic_store(&failures, INT_MAX);
    struct projector *projector = fixture_start(f, f->model, false);
    add_events(f);
    wait_until(20, fixture_is_at(projector, 6));
    assert_int_equal(fixture_status(projector).parked, 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters WHERE position = 3 "
                                     "AND reason LIKE '%ran out of memory'"),
                     1);
    assert_int_equal(fixture_read(f, "SELECT sum(copies) FROM loans"), 4);
}

static void a_handler_that_succeeds_after_running_out_of_memory_is_applied_once(void **state)
{
    struct fixture *f = *state;
    atomic_store(&failures, STEP_LIMITS_TRIES - 1);
    struct projector *projector = fixture_start(f, f->model, false);
    add_events(f);
    wait_until(20, fixture_is_at(projector, 6));
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(fixture_status(projector).parked, 0);
    assert_int_equal(fixture_read(f, "SELECT n FROM loans WHERE loan_id = 'L-2'"), 10000000);
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-2'"), 5);
}

int main(void)
{
    use_mock();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_handler_that_always_runs_out_of_memory_parks_its_stream,
                                        set_up, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_handler_that_succeeds_after_running_out_of_memory_is_applied_once, set_up,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
