/* `annal up --sagas` on a directory where a saga has commands to send: once it is ready, no command waits
 * for an endpoint that had not started. */
#include "tests/sagas/running_sagas.h"

#include "base/json.h"

#include <stdlib.h>

static bool commands_wait(const char *data)
{
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    return json_is_true(json_object_get(json_object_get(status, "sagas"), "endpoint_unreachable"));
}

static int count_unreachable(const char *data)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", data);
    AUTO(string) char *log = test_file_read(path.at);
    int count = 0;
    for (const char *at = log; (at = strstr(at, "cannot be reached")); at++)
        count++;
    return count;
}

static void up_is_ready_once_sagas_reach_the_endpoint(void **state)
{
    struct running_sagas *sagas = *state;
    struct annal_process saga, up;
    AUTO(text) struct text out = {0};
    running_sagas_request(sagas, "L-1");
    assert_int_equal(annal_stop(&sagas->commands, 20), 0);
    annal_start(&saga, sagas->data,
                (const char *[]){"saga", "--commands-listen", sagas->address, "--from", "0", NULL});
    wait_until(20, commands_wait(sagas->data));
    assert_int_equal(annal_stop(&saga, 20), 0);
    int before = count_unreachable(sagas->data);
    annal_start(&up, sagas->data,
                (const char *[]){"up", "--sagas", "--commands-listen", sagas->address,
                                 "--queries-listen", "127.0.0.1:0", NULL});
    annal_run(sagas->data, (const char *[]){"status", NULL}, &out, &out);
    int after = count_unreachable(sagas->data);
    annal_stop(&up, 30);
    annal_start(&sagas->commands, sagas->data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_null(strstr(out.at, "their commands wait"));
    assert_int_equal(before, after);
}

int main(void)
{
    setenv("ANNAL_BUS", "log:", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(up_is_ready_once_sagas_reach_the_endpoint,
                                        running_sagas_setup, running_sagas_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
