/* kill -9 of the command process under load: no answered command is lost or stored twice.
 */
#include "tests/support/annal_process.h"
#include "tests/support/load.h"

#include <stdio.h>

#define KILLS 20

static void twenty_kills_lose_nothing_that_was_answered(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process commands, projector;
    char listen[64];
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(listen, sizeof listen, "%s", annal_address(&commands, NULL));
    annal_start(
        &projector, data,
        (const char *[]){"projector", "loans", "loan_books", "branch_loans", "shelves", NULL});
    AUTO(load) struct load *load = load_start(listen, 8, 0);
    for (int i = 0; i < KILLS; i++) {
        int64_t before = load_answered(load);
        wait_until(60, load_answered(load) > before + 40 + i * 7);
        annal_kill(&commands);
        annal_start(&commands, data,
                    (const char *[]){"commands", "--commands-listen", listen, NULL});
    }
    load_stop(load);
    load_check(load, listen, data);
    annal_wait_caught_up(data, 60);
    annal_check_everything(data);
    assert_int_equal(annal_stop(&projector, 30), 0);
    assert_int_equal(annal_stop(&commands, 30), 0);
    test_directory_remove(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_kills_lose_nothing_that_was_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
