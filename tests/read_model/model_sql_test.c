#include "read_model/definition/model.h"

#include "tests/support/claims.h"

static void a_name_is_quoted_and_never_read_as_sql(void **state)
{
    (void)state;
    AUTO(text) struct text sql = {0};
    model_write_name("a\" FROM b; --", &sql);
    assert_string_equal(sql.at, "\"a\"\" FROM b; --\"");
}

static void a_select_names_every_column_in_order(void **state)
{
    (void)state;
    static const struct model_column columns[] = {{.name = "b"}, {.name = "group"}};
    const struct model_table table = {.name = "things", .columns = columns, .column_count = 2};
    AUTO(text) struct text sql = {0};
    model_write_select(&table, &sql);
    assert_string_equal(sql.at, "SELECT \"b\", \"group\" FROM \"things\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_quoted_and_never_read_as_sql),
        cmocka_unit_test(a_select_names_every_column_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
