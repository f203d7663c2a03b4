/* A program over an empty domain: every role starts, answers and stops; every task runs. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *data;

static int begin(void **state)
{
    (void)state;
    AUTO(text) struct text program = {0};
    text_printf(&program, "%s/tests/flow/empty_domain", getenv("ANNAL_BUILD_ROOT"));
    setenv("ANNAL_PROGRAM", program.at, 1);
    data = test_directory_make();
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_directory_remove(data);
    unsetenv("ANNAL_PROGRAM");
    return 0;
}

static void answers(const char *address, const char *method, const char *path, int status,
                    const char *part)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(http_client) struct http_client *client = http_client_open(address);
    http_client_call(client,
                     &(struct http_call){.method = method,
                                         .path = path,
                                         .headers = {"Content-Type: application/json"},
                                         .body = strcmp(method, "POST") == 0 ? "{}" : NULL},
                     &reply);
    if (reply.status != status)
        fail_msg("%s %s: %ld: %s", method, path, reply.status, reply.body.at);
    assert_text_contains(reply.body.at, part);
}

static void the_command_endpoint_answers_that_it_has_no_command(void **state)
{
    (void)state;
    struct annal_process commands;
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    const char *address = annal_address(&commands, NULL);
    answers(address, "GET", "/readyz", 200, "");
    answers(address, "GET", "/", 200, "\"links\":[");
    answers(address, "GET", "/commands", 200, "{\"commands\":[]}");
    answers(address, "GET", "/schemas", 200, "saga.started.v1");
    answers(address, "GET", "/openapi.json", 200, "\"openapi\":\"3.1");
    answers(address, "POST", "/commands/account/A-1/open", 404, "/problems/not-found");
    answers(address, "POST", "/commands/account/open", 404, "/problems/not-found");
    answers(address, "GET", "/streams/account/A-1", 404, "/problems/stream-not-found");
    answers(address, "GET", "/streams/account/A-1/state", 404, "has no aggregate");
    answers(address, "GET", "/metrics", 200, "annal_");
    assert_int_equal(annal_stop(&commands, 20), 0);
}

static void the_query_endpoint_answers_that_it_has_no_table(void **state)
{
    (void)state;
    struct annal_process queries;
    annal_start(&queries, data,
                (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", NULL});
    const char *address = annal_address(&queries, NULL);
    answers(address, "GET", "/readyz", 200, "");
    answers(address, "GET", "/", 200, "\"links\":[");
    answers(address, "GET", "/openapi.json", 200, "\"openapi\":\"3.1");
    answers(address, "GET", "/read/accounts", 404, "/problems/not-found");
    answers(address, "GET", "/query/accounts", 404, "/problems/not-found");
    assert_int_equal(annal_stop(&queries, 20), 0);
}

static void a_projector_runs_a_read_model_of_a_directory(void **state)
{
    (void)state;
    AUTO(string) char *schemas = test_source_path("examples/parcels/schemas");
    AUTO(string) char *models = test_source_path("examples/parcels/models");
    struct annal_process projector;
    annal_start(
        &projector, data,
        (const char *[]){"projector", "parcels", "--schemas", schemas, "--models", models, NULL});
    assert_int_equal(annal_stop(&projector, 20), 0);
}

static void says(const char *const *words, int status, const char *part)
{
    AUTO(text) struct text out = {0}, errors = {0};
    int got = annal_run(data, words, &out, &errors);
    if (got != status)
        fail_msg("%s: status %d: %s", words[0], got, errors.at);
    text_add_slice(&out, text_slice(&errors));
    assert_text_contains(out.at ? out.at : "", part);
}

static void roles_report_the_missing_part_of_the_domain(void **state)
{
    (void)state;
    says((const char *[]){"projector", "accounts", NULL}, 3, "unknown read model accounts");
    says((const char *[]){"saga", NULL}, 2, "the domain has no saga");
}

static void up_runs_both_endpoints_and_tasks_find_nothing_to_do(void **state)
{
    (void)state;
    struct annal_process up;
    annal_start(&up, data,
                (const char *[]){"up", "--sagas", "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", NULL});
    answers(annal_address(&up, "commands"), "GET", "/readyz", 200, "");
    answers(annal_address(&up, "queries"), "GET", "/readyz", 200, "");
    says((const char *[]){"status", NULL}, 0, "ok");
    says((const char *[]){"verify", NULL}, 0, "0 events");
    says((const char *[]){"models", NULL}, 0, "");
    says((const char *[]){"schema", NULL}, 0, "");
    says((const char *[]){"sagas", NULL}, 1, "no saga has run on this data");
    says((const char *[]){"check", NULL}, 0, "");
    assert_int_equal(annal_stop(&up, 20), 0);
}

static void messages_use_the_name_of_the_domain(void **state)
{
    (void)state;
    says((const char *[]){"status", "--domain", "shop", NULL}, 2, "must be empty or none");
    says((const char *[]){"help", "saga", NULL}, 0, "[ANNAL_DOMAIN, empty]");
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(the_command_endpoint_answers_that_it_has_no_command),
        CLAIM(the_query_endpoint_answers_that_it_has_no_table),
        CLAIM(a_projector_runs_a_read_model_of_a_directory),
        CLAIM(roles_report_the_missing_part_of_the_domain),
        CLAIM(up_runs_both_endpoints_and_tasks_find_nothing_to_do),
        CLAIM(messages_use_the_name_of_the_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
