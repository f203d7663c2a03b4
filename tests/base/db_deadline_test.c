#include "base/clock.h"
#include "base/pace.h"
#include "base/statement.h"
#include "tests/support/claims.h"

#include <pthread.h>
#include <stdatomic.h>

static const char endless[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                              "SELECT count(*) FROM n";

static void a_statement_past_its_deadline_is_interrupted(void **state)
{
    (void)state;
    AUTO(db) struct db *db = NULL;
    int64_t number;
    assert_ok(db_open_memory(&db, &error));
    int64_t begin = clock_monotonic_ms();
    db_set_deadline(db, begin + 30);
    assert_err(ERR_INTERRUPTED, db_read_int(db, endless, &number, &error));
    assert_in_range(clock_monotonic_ms() - begin, 30, 2000);
}

static void a_removed_deadline_interrupts_nothing(void **state)
{
    (void)state;
    AUTO(db) struct db *db = NULL;
    int64_t number = 0;
    assert_ok(db_open_memory(&db, &error));
    db_set_deadline(db, 1);
    db_set_deadline(db, 0);
    assert_ok(db_read_int(db,
                          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                          "WHERE i < 20000) SELECT count(*) FROM n",
                          &number, &error));
    assert_int_equal(number, 20000);
}

static atomic_bool urgent_is_over;

static void *be_urgent(void *context)
{
    while (!atomic_load(&urgent_is_over))
        pace_urgent();
    return context;
}

static void time_spent_yielding_does_not_count_against_the_deadline(void **state)
{
    (void)state;
    AUTO(db) struct db *db = NULL;
    pthread_t urgent;
    int64_t number;
    assert_ok(db_open_memory(&db, &error));
    assert_int_equal(pthread_create(&urgent, NULL, be_urgent, NULL), 0);
    int64_t begin = clock_monotonic_ms();
    db_set_deadline(db, begin + 50);
    assert_err(ERR_INTERRUPTED, db_read_int(db, endless, &number, &error));
    assert_true(clock_monotonic_ms() - begin > 100);
    atomic_store(&urgent_is_over, true);
    pthread_join(urgent, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_past_its_deadline_is_interrupted),
        cmocka_unit_test(a_removed_deadline_interrupts_nothing),
        cmocka_unit_test(time_spent_yielding_does_not_count_against_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
