/* --domain none: annal without its domain, over schemas and read models of a directory. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCAN                                                                                       \
    "{\"specversion\":\"1.0\",\"id\":\"scan-1\",\"source\":\"/scanners/12\","                      \
    "\"type\":\"parcel.scanned.v1\",\"data\":{\"place\":\"Gent\"}}"

static const char *data;
static char schemas[512], models[512];
static struct annal_process up;

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    const char *root = getenv("ANNAL_SOURCE_ROOT");
    snprintf(schemas, sizeof schemas, "%s/examples/parcels/schemas", root);
    snprintf(models, sizeof models, "%s/examples/parcels/models", root);
    annal_start(&up, data,
                (const char *[]){"up", "--domain", "none", "--schemas", schemas, "--models", models,
                                 "--bus", "log:", "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", NULL});
    return 0;
}

static int end(void **state)
{
    (void)state;
    annal_stop(&up, 20);
    test_directory_remove(data);
    return 0;
}

static void events_of_your_own_type_reach_your_own_read_model(void **state)
{
    (void)state;
    AUTO(http_reply) struct http_reply stored = {0}, row = {0};
    AUTO(http_client)
    struct http_client *commands = http_client_open(annal_address(&up, "commands"));
    AUTO(http_client) struct http_client *queries = http_client_open(annal_address(&up, "queries"));
    http_client_call(commands,
                     &(struct http_call){.method = "POST",
                                         .path = "/streams/parcel/PC-1",
                                         .headers = {"Content-Type: application/cloudevents+json"},
                                         .body = SCAN},
                     &stored);
    assert_int_equal(stored.status, 201);
    http_client_call(
        queries,
        &(struct http_call){.path = "/read/parcels/PC-1", .headers = {"Annal-Min-Position: 1"}},
        &row);
    assert_int_equal(row.status, 200);
    assert_text_contains(row.body.at, "\"place\":\"Gent\"");
}

static void no_document_names_anything_of_the_domain(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",      "/commands",     "/schemas", "/read",
                                        "/query", "/openapi.json", "/docs",    "/metrics"};
    static const char *const words[] = {"loan.opened", "loan_",    "\"loan\"", "loans", "shelf",
                                        "shelves",     "approval", "memberId", "bookId"};
    for (size_t i = 0; i < 2 * sizeof paths / sizeof *paths; i++) {
        AUTO(http_reply) struct http_reply reply = {0};
        http_get(annal_address(&up, i % 2 ? "queries" : "commands"), paths[i / 2], &reply);
        for (size_t j = 0; j < sizeof words / sizeof *words && reply.status == 200; j++)
            if (strstr(reply.body.at, words[j]))
                fail_msg("%s names %s: %.60s", paths[i / 2], words[j],
                         strstr(reply.body.at, words[j]));
    }
}

static void a_command_of_the_domain_is_not_found(void **state)
{
    (void)state;
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(annal_address(&up, "commands"), "/commands/loan/L-1/request", "{}", &reply);
    assert_int_equal(reply.status, 404);
    AUTO(http_reply) struct http_reply list = {0};
    http_get(annal_address(&up, "commands"), "/commands", &list);
    AUTO(json) json_t *commands = http_reply_json(&list);
    assert_int_equal(json_array_size(json_object_get(commands, "commands")), 0);
}

static void run_task(const char *const *words, const char *contains)
{
    AUTO(text) struct text out = {0}, errors = {0};
    int status = annal_run(data, words, &out, &errors);
    if (status != 0)
        fail_msg("annal %s: status %d: %s", words[0], status, errors.at);
    if (out.length && strstr(out.at, "loans"))
        fail_msg("annal %s names loans: %s", words[0], out.at);
    assert_text_contains(out.at ? out.at : "", contains);
}

static void every_task_knows_only_the_models_of_the_directory(void **state)
{
    (void)state;
    setenv("ANNAL_DOMAIN", "none", 1);
    setenv("ANNAL_SCHEMAS", schemas, 1);
    setenv("ANNAL_MODELS", models, 1);
    annal_wait_caught_up(data, 20);
    run_task((const char *[]){"status", NULL}, "parcels");
    run_task((const char *[]){"models", NULL}, "parcels");
    run_task((const char *[]){"check", NULL}, "parcels equals a rebuild");
    run_task((const char *[]){"rebuild", "parcels", "--json", NULL}, "parcels");
    run_task((const char *[]){"dead-letters", "--json", NULL}, "");
}

static void annal_saga_does_not_start_without_a_saga(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    const char *words[] = {"saga", "--domain", "none", "--bus", "log:", NULL};
    assert_int_equal(annal_run(data, words, NULL, &errors), 2);
    assert_text_contains(errors.at, "the domain has no saga");
}

static void an_unknown_domain_is_rejected_with_the_choices(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"status", "--domain", "lendng", NULL}, NULL, &errors), 2);
    assert_text_contains(errors.at, "--domain lendng: must be lending or none");
}

static void the_endpoints_serve_an_empty_domain(void **state)
{
    (void)state;
    unsetenv("ANNAL_SCHEMAS");
    unsetenv("ANNAL_MODELS");
    struct annal_process bare = {0};
    const char *other = test_directory_make();
    annal_start(&bare, other,
                (const char *[]){"up", "--domain", "none", "--bus", "log:", "--commands-listen",
                                 "127.0.0.1:0", "--queries-listen", "127.0.0.1:0", NULL});
    const char *const names[] = {"commands", "queries"};
    for (size_t i = 0; i < 2; i++) {
        AUTO(http_reply) struct http_reply ready = {0}, document = {0};
        http_get(annal_address(&bare, names[i]), "/readyz", &ready);
        http_get(annal_address(&bare, names[i]), "/openapi.json", &document);
        assert_int_equal(ready.status, 200);
        assert_int_equal(document.status, 200);
    }
    assert_int_equal(annal_stop(&bare, 20), 0);
    test_directory_remove(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_your_own_type_reach_your_own_read_model),
        cmocka_unit_test(no_document_names_anything_of_the_domain),
        cmocka_unit_test(a_command_of_the_domain_is_not_found),
        cmocka_unit_test(every_task_knows_only_the_models_of_the_directory),
        cmocka_unit_test(annal_saga_does_not_start_without_a_saga),
        cmocka_unit_test(an_unknown_domain_is_rejected_with_the_choices),
        cmocka_unit_test(the_endpoints_serve_an_empty_domain),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
