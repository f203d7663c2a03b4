/* The HTTP client, against a server that answers with the body it received. */
#include "http/http_answer.h"
#include "http/http_calls.h"
#include "http/http_server.h"
#include "tests/support/claims.h"

static struct http_calls *calls;
static char url[80];
static int answered;

static enum err echo(struct http_request *request, struct error *error)
{
    (void)error;
    text_add_slice(&request->answer.body, text_slice(&request->body));
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

static const struct route routes[] = {
    {.method = "POST", .pattern = "/echo", .handler = echo, .summary = "answers with the body"},
    {0},
};

static void call_echo(const char *body)
{
    http_calls_start(calls,
                     &(struct http_call_request){.method = "POST",
                                                 .url = url,
                                                 .headers = {"Content-Type: application/json"},
                                                 .body = slice_of(body),
                                                 .context = (void *)(uintptr_t)body});
}

/* The first answer starts the second request before it is read. */
static void start_another(void *context, void *sent, const struct http_call_answer *answer)
{
    (void)context;
    if (answered++ == 0)
        call_echo("\"second\"");
    assert_int_equal(answer->status, 200);
    assert_true(slice_is(answer->body, sent));
}

static void an_answer_stays_valid_while_the_callback_starts_a_request(void **state)
{
    (void)state;
    struct router *router = router_create(routes, NULL);
    struct http_server *server = NULL;
    assert_ok(http_server_open(
        &(struct http_server_options){.listen = "127.0.0.1:0", .router = router}, &server, &error));
    snprintf(url, sizeof url, "http://%s/echo", http_server_address(server));
    calls = http_calls_create(2, start_another, NULL);
    call_echo("\"first\"");
    while (http_calls_in_flight(calls) > 0)
        http_calls_work(calls, -1, 1000);
    assert_int_equal(answered, 2);
    http_calls_destroy(calls);
    http_server_close(server);
    router_destroy(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_stays_valid_while_the_callback_starts_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
