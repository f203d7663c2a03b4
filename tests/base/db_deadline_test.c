#include "base/clock.h"
#include "base/statement.h"
#include "tests/support/claims.h"

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

static void a_lifted_deadline_is_forgotten(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_past_its_deadline_is_interrupted),
        cmocka_unit_test(a_lifted_deadline_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
