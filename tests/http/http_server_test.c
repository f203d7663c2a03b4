/* The server alone, in front of a few routes made for this test. */
#include "base/json_text.h"
#include "http/http_answer.h"
#include "http/http_lingering.h"
#include "http/http_server.h"
#include "telemetry/metrics.h"
#include "tests/support/http_client.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define KIB 1024

static atomic_llong progress_position;
static atomic_int parked; /* requests that were, so far */
static atomic_int echoed;

static enum err echo(struct http_request *request, struct error *error)
{
    (void)error;
    echoed++;
    text_add(&request->answer.body, "{\"parameters\":[");
    for (size_t i = 0; i < request->parameter_count; i++) {
        text_add(&request->answer.body, i ? "," : "");
        json_text_quote(&request->answer.body, request->parameter[i]);
    }
    text_printf(&request->answer.body, "],\"bytes\":%zu,\"query\":\"%.*s\"}", request->body.length,
                SLICE(request->query));
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

/* Parks until the position is reached; the query is "seconds". */
static enum err park(struct http_request *request, struct error *error)
{
    int64_t awaited = 0;
    (void)error;
    assert_true(slice_read_int(request->parameter[0], &awaited));
    if (progress_position >= awaited || request->wake == HTTP_WAKE_EXPIRED) {
        text_add(&request->answer.body,
                 request->wake == HTTP_WAKE_EXPIRED ? "\"expired\"" : "\"reached\"");
        http_answer(request, 200, HTTP_JSON);
    } else {
        parked++;
        http_deferral_begin(request,
                            &(struct http_deferral){.subject = &progress_position,
                                                    .awaited = awaited,
                                                    .wait_ms = atoi(request->query.at) * 1000});
    }
    return OK;
}

static pthread_t resumer;

static enum err resumed(struct http_request *request, struct error *error)
{
    (void)error;
    text_add(&request->answer.body, "\"resumed\"");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

static void *resume_soon(void *request)
{
    test_pause_ms(20);
    http_deferral_wake(request);
    return NULL;
}

static enum err later(struct http_request *request, struct error *error)
{
    (void)error;
    request->resume = resumed;
    http_deferral_begin(request, &(struct http_deferral){.kept = true});
    assert_int_equal(pthread_create(&resumer, NULL, resume_soon, request), 0);
    return OK;
}

static enum err large(struct http_request *request, struct error *error)
{
    size_t bytes = (size_t)atoi(request->query.at) * KIB;
    (void)error;
    memset(text_reserve(&request->answer.body, bytes), ' ', bytes);
    request->answer.body.length = bytes;
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

static const struct route routes[] = {
    {.method = "GET",
     .pattern = "/large",
     .handler = large,
     .produces = HTTP_JSON,
     .summary = "the query is how many KiB"},
    {.method = "GET",
     .pattern = "/echo/{id}",
     .handler = echo,
     .produces = HTTP_JSON,
     .summary = "one id"},
    {.method = "GET",
     .pattern = "/text/{name}/{key...}",
     .handler = echo,
     .produces = HTTP_JSON,
     .summary = "a name and a key"},
    {.method = "POST",
     .pattern = "/body",
     .handler = echo,
     .produces = HTTP_JSON,
     .summary = "a body"},
    {.method = "GET",
     .pattern = "/body",
     .handler = echo,
     .produces = HTTP_JSON,
     .summary = "nobody"},
    {.method = "GET",
     .pattern = "/park/{position}",
     .handler = park,
     .produces = HTTP_JSON,
     .summary = "wait"},
    {.method = "POST",
     .pattern = "/park/{position}",
     .handler = park,
     .produces = HTTP_JSON,
     .summary = "wait with a body"},
    {.method = "GET",
     .pattern = "/later",
     .handler = later,
     .produces = HTTP_JSON,
     .summary = "answered by another thread"},
    {0},
};

static int64_t progress(void *context, const void *subject)
{
    (void)context;
    assert_ptr_equal(subject, &progress_position);
    return progress_position;
}

struct fixture {
    struct router *router;
    struct http_server *server;
    const char *address;
};

static void start(struct fixture *fixture, struct http_limits limits)
{
    fixture->router = router_create(routes, NULL);
    progress_position = 0;
    echoed = 0;
    assert_ok(http_server_open(&(struct http_server_options){.listen = "127.0.0.1:0",
                                                             .router = fixture->router,
                                                             .limits = limits,
                                                             .progress = progress},
                               &fixture->server, &error));
    fixture->address = http_server_address(fixture->server);
}

static void stop(struct fixture *fixture)
{
    http_server_close(fixture->server);
    router_destroy(fixture->router);
    *fixture = (struct fixture){0};
}
AUTO_FINISH(fixture, struct fixture, stop)

/* Sends raw bytes; what the server answers until it closes. */
static void exchange(const struct fixture *fixture, const char *bytes, struct text *out)
{
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, bytes, strlen(bytes));
    if (!raw_client_read_to_end(fd, 10, out))
        fail_msg("the server did not close the connection: %s", out->at);
    close(fd);
}

static size_t count_of(const char *haystack, const char *needle)
{
    size_t count = 0;
    while ((haystack = strstr(haystack, needle))) {
        count++;
        haystack++;
    }
    return count;
}

static void requests_share_a_connection(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; i < 3; i++) {
        http_client_call(client, &(struct http_call){.path = "/echo/a?x=1"}, &reply);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body.at,
                            "{\"parameters\":[\"a\"],\"bytes\":0,\"query\":\"x=1\"}");
        http_client_call(client, &(struct http_call){.path = "/body", .body = "12345"}, &reply);
        assert_text_contains(reply.body.at, "\"bytes\":5");
        http_client_call(client, &(struct http_call){.path = "/nothing"}, &reply);
        http_reply_check_problem(&reply, 404, "not-found");
    }
    assert_int_equal(http_client_connections(client), 1);
}

static void head_is_get_without_a_body(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){0});
    exchange(&fixture, "HEAD /echo/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
             &out);
    assert_text_contains(out.at, "HTTP/1.1 200 OK\r\n");
    assert_text_contains(out.at, "Content-Type: application/json\r\n");
    assert_text_contains(out.at, "Content-Length: 41\r\n");
    assert_true(strcmp(out.at + out.length - 4, "\r\n\r\n") == 0);
}

static void another_method_is_rejected_with_those_allowed(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client, &(struct http_call){.method = "DELETE", .path = "/body"}, &reply);
    http_reply_check_problem(&reply, 405, "method-not-allowed");
    assert_string_equal(http_reply_header(&reply, "Allow"), "POST, GET, HEAD");
}

static void segments_are_split_before_they_are_decoded(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    http_client_call(client, &(struct http_call){.path = "/text/a%2Fb/c%20d/%C3%A9"}, &reply);
    assert_text_contains(reply.body.at, "[\"a/b\",\"c d\",\"\xc3\xa9\"]");
    static const char *const bad[] = {"/echo/a%2Fb", "/echo/a%00b", "/echo/%C3", "/echo/a%20b",
                                      "/echo/%zz",   "/echo/%",     "/echo/",    "/text/a/%00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        http_client_call(client, &(struct http_call){.path = bad[i]}, &reply);
        http_reply_check_problem(&reply, 400, "invalid-id");
    }
    http_client_call(client, &(struct http_call){.path = "/text/a"}, &reply);
    http_reply_check_problem(&reply, 404, "not-found");
}

static void a_client_that_accepts_no_available_type_is_answered_406(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    struct http_call call = {.path = "/echo/a", .headers = {"Accept: text/html, image/*"}};
    http_client_call(client, &call, &reply);
    http_reply_check_problem(&reply, 406, "not-acceptable");
    call.headers[0] = "Accept: text/html, */*;q=0.1";
    http_client_call(client, &call, &reply);
    assert_int_equal(reply.status, 200);
}

static void a_request_without_a_route_is_rejected_before_its_body(void **state)
{
    (void)state;
    static const struct {
        const char *line, *status;
    } rejected[] = {
        {"POST /nothing", "HTTP/1.1 404 "},   {"PUT /nothing", "HTTP/1.1 404 "},
        {"PATCH /nothing", "HTTP/1.1 404 "},  {"DELETE /body", "HTTP/1.1 405 "},
        {"POST /park/%C3", "HTTP/1.1 400 "},  {"POST /large", "HTTP/1.1 405 "},
        {"DELETE /nothing", "HTTP/1.1 404 "},
    };
    static const char *const lengths[] = {
        "Content-Length: 60000",
        "Content-Length: 60000000",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue\r\nContent-Length: 60000",
        "Expect: 100-continue\r\nContent-Length: 60000000",
        "Expect: 100-continue\r\nContent-Length: 2",
        "Expect: 100-continue\r\nTransfer-Encoding: chunked",
    };
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    for (size_t i = 0; i < sizeof rejected / sizeof *rejected; i++)
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            AUTO(text) struct text head = {0}, out = {0};
            text_printf(&head, "%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", rejected[i].line,
                        lengths[j]);
            exchange(&fixture, head.at, &out);
            if (strncmp(out.at, rejected[i].status, strlen(rejected[i].status)) != 0 ||
                !strstr(out.at, "Connection: close\r\n") || count_of(out.at, "HTTP/1.1 ") != 1)
                fail_msg("%s: %s", head.at, out.at);
        }
    assert_int_equal(echoed, 0);
}

static void a_small_body_without_a_route_is_discarded_and_the_connection_kept(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){0});
    exchange(&fixture,
             "POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
             "PUT /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nde"
             "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
             "HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
             "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
             "Connection: close\r\n\r\nf",
             &out);
    assert_int_equal(count_of(out.at, "HTTP/1.1 404 "), 3);
    assert_int_equal(count_of(out.at, "HTTP/1.1 405 "), 1);
    assert_int_equal(count_of(out.at, "Allow: POST, GET, HEAD\r\n"), 1);
    assert_int_equal(count_of(out.at, "Connection: close\r\n"), 1);
    assert_text_contains(out.at, "\"bytes\":1");
    assert_int_equal(echoed, 1);
}

static void a_long_body_is_rejected_by_its_length_unread(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){.body_bytes = KIB});
    exchange(&fixture, "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1025\r\n\r\n",
             &out);
    assert_text_contains(out.at, "HTTP/1.1 413 ");
    assert_text_contains(out.at, "/problems/body-too-large");
    assert_text_contains(out.at, "Connection: close");
}

static void a_long_chunked_body_is_answered_413(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){.body_bytes = 64 * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(string) char *body = malloc(200 * KIB);
    memset(body, ' ', 200 * KIB);
    struct http_call call = {
        .path = "/body", .body = body, .body_length = 64 * KIB, .chunked = true};
    http_client_call(client, &call, &reply);
    assert_text_contains(reply.body.at, "\"bytes\":65536");
    call.body_length = 100 * KIB;
    http_client_call(client, &call, &reply);
    http_reply_check_problem(&reply, 413, "body-too-large");
    call.body_length = 200 * KIB;
    http_client_call(client, &call, &reply);
    http_reply_check_problem(&reply, 413, "body-too-large");
    call.body_length = 1;
    http_client_call(client, &call, &reply);
    assert_int_equal(reply.status, 200);
}

static void a_request_of_two_lengths_is_rejected_and_hides_no_other(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 40\r\n",
        "Content-Length: 4\r\ncontent-length: 4\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    };
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        AUTO(text) struct text sent = {0}, out = {0};
        text_printf(&sent,
                    "POST /body HTTP/1.1\r\nHost: localhost\r\n%s\r\n0\r\n\r\n"
                    "GET /echo/smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    heads[i]);
        exchange(&fixture, sent.at, &out);
        if (!strstr(out.at, "HTTP/1.1 400 ") || strstr(out.at, "smuggled"))
            fail_msg("%s: %s", heads[i], out.at);
        assert_int_equal(count_of(out.at, "HTTP/1.1 "), 1);
    }
}

/* What the library needs of a connection's memory for a head of each kind differs, so the size at
 * which nothing would be left for an answer does too. */
static void a_head_of_any_size_is_answered(void **state)
{
    (void)state;
    static const struct {
        const char *before, *repeated, *after;
        size_t from, to, step;
    } heads[] = {
        {"GET /body?", "a", " HTTP/1.1\r\nHost: localhost\r\n", 32000, 36700, 90},
        {"GET /body HTTP/1.1\r\nHost: localhost\r\nX: ", "a", "\r\n", 32000, 36700, 90},
        {"GET /body HTTP/1.1\r\nHost: localhost\r\nCookie: ", "a", "\r\n", 16000, 18500, 50},
        {"GET /body?a", "&a", " HTTP/1.1\r\nHost: localhost\r\n", 450, 556, 1},
        {"GET /body HTTP/1.1\r\nHost: localhost\r\n", "X: 0123456789012345678901234567\r\n", "",
         300, 380, 1},
    };
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        for (size_t count = heads[i].from; count < heads[i].to; count += heads[i].step) {
            AUTO(text) struct text sent = {0}, out = {0};
            text_add(&sent, heads[i].before);
            for (size_t j = 0; j < count; j++)
                text_add(&sent, heads[i].repeated);
            text_printf(&sent, "%sConnection: close\r\n\r\n", heads[i].after);
            exchange(&fixture, sent.at, &out);
            if (!strstr(out.at, "HTTP/1.1 200 ") && !strstr(out.at, "HTTP/1.1 431 "))
                fail_msg("%zu times \"%s\": \"%s\"", count, heads[i].repeated, out.at);
        }
    }
}

static int64_t open_connections(void)
{
    return metric_value(metric_series(METRIC_HTTP_CONNECTIONS, ""));
}

static void an_address_has_no_more_connections_than_its_share(void **state)
{
    (void)state;
    const struct metric_series *refused = metric_series(METRIC_HTTP_CONNECTIONS_REFUSED, "");
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){.connections = 4}); /* a share of 2 */
    int first = raw_client_connect(fixture.address), second = raw_client_connect(fixture.address);
    raw_client_send(first, "GET", 3);
    wait_until(10, open_connections() == 2);
    int64_t before = metric_value(refused);
    int third = raw_client_connect(fixture.address);
    assert_true(raw_client_read_to_end(third, 10, &out));
    assert_int_equal(out.length, 0);
    assert_int_equal(metric_value(refused), before + 1);
    close(third);
    close(second);
    wait_until(10, open_connections() == 1);
    exchange(&fixture, "GET /echo/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
             &out);
    assert_text_contains(out.at, "HTTP/1.1 200 ");
    close(first);
}

static void a_single_header_given_twice_is_rejected(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){0});
    exchange(&fixture,
             "GET /echo/a HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: a\r\nidempotency-key: "
             "b\r\n\r\n",
             &out);
    assert_text_contains(out.at, "HTTP/1.1 400 ");
    assert_text_contains(out.at, "duplicate header Idempotency-Key");
}

static void a_list_on_many_lines_is_rejected(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text sent = {0}, out = {0};
    start(&fixture, (struct http_limits){0});
    text_add(&sent, "GET /echo/a HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 200; i++)
        text_add(&sent, "Prefer: a-preference-that-nobody-knows\r\n");
    text_add(&sent, "Connection: close\r\n\r\n");
    exchange(&fixture, sent.at, &out);
    assert_text_contains(out.at, "HTTP/1.1 400 ");
    assert_text_contains(out.at, "Prefer may occur on at most 8 lines");
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){0});
    exchange(
        &fixture,
        "GET /echo/first HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
        "GET http://localhost/echo/third HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        &out);
    const char *first = strstr(out.at, "first"), *third = strstr(out.at, "third");
    const char *second = strstr(out.at, "\"bytes\":3");
    assert_true(first && second && third && first < second && second < third);
}

/* RFC 9110 §2.5: a recipient processes a higher minor version as the highest that it knows. */
static void a_higher_minor_version_is_processed_as_http_1_1(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){0});
    exchange(&fixture,
             "GET /echo/a HTTP/1.2\r\nHost: localhost\r\n\r\n"
             "POST /body HTTP/1.9\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
             "GET /echo/b HTTP/1.2\r\nConnection: close\r\n\r\n",
             &out);
    assert_int_equal(count_of(out.at, "HTTP/1.1 200 "), 2);
    assert_text_contains(out.at, "\"bytes\":3");
    assert_text_contains(out.at, "the header Host is missing"); /* HTTP/1.0 alone may omit it */
}

static void a_version_that_is_unknown_or_malformed_is_rejected(void **state)
{
    (void)state;
    static const struct {
        const char *line, *status;
    } rejected[] = {
        {"GET /echo/a HTTP/2.0", "HTTP/1.1 505 "},  {"GET /echo/a HTTP/3.0", "HTTP/1.1 505 "},
        {"GET /echo/a HTTP/0.9", "HTTP/1.1 505 "},  {"PRI * HTTP/2.0", "HTTP/1.1 505 "},
        {"GET /echo/a", "HTTP/1.1 400 "},           {"GET /echo/a http/1.1", "HTTP/1.1 400 "},
        {"GET /echo/a HTTP/1.10", "HTTP/1.1 400 "}, {"GET /echo/a HTTP/1.x", "HTTP/1.1 400 "},
        {"GET /echo/a HTTP/1", "HTTP/1.1 400 "},    {"GET /echo/a XTTP/1.1", "HTTP/1.1 400 "},
    };
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    for (size_t i = 0; i < sizeof rejected / sizeof *rejected; i++) {
        AUTO(text) struct text sent = {0}, out = {0};
        text_printf(&sent, "%s\r\nHost: localhost\r\n\r\n", rejected[i].line);
        exchange(&fixture, sent.at, &out);
        if (strncmp(out.at, rejected[i].status, strlen(rejected[i].status)) != 0)
            fail_msg("%s: %s", rejected[i].line, out.at);
    }
    assert_int_equal(echoed, 0);
}

#define OTHER_ADDRESS "127.0.0.2"

/* A connection that has sent so much of a body, which is longer. */
static int send_part_of_body(const struct fixture *fixture, const char *path, size_t length,
                             size_t sent)
{
    AUTO(text) struct text bytes = {0};
    int fd = raw_client_connect(fixture->address);
    text_printf(&bytes, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", path,
                length);
    memset(text_reserve(&bytes, sent), ' ', sent);
    raw_client_send(fd, bytes.at, bytes.length + sent);
    return fd;
}

static long post_body(struct http_client *client, size_t length, struct http_reply *reply)
{
    AUTO(string) char *body = malloc(length);
    memset(body, ' ', length);
    http_client_call(
        client, &(struct http_call){.path = "/body", .body = body, .body_length = length}, reply);
    return reply->status;
}

static void an_announced_length_reserves_nothing(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture,
          (struct http_limits){.body_bytes = 64 * KIB, .bodies_in_flight_bytes = 256 * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    int fd[20];
    for (int i = 0; i < 20; i++)
        fd[i] = send_part_of_body(&fixture, "/body", 60000, 100);
    assert_int_equal(post_body(client, 60000, &reply), 200);
    for (int i = 0; i < 20; i++)
        close(fd[i]);
}

static void a_body_without_a_route_uses_no_memory_for_bodies(void **state)
{
    (void)state;
    const struct metric_series *held = metric_series(METRIC_HTTP_MEMORY, "bodies");
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture,
          (struct http_limits){.body_bytes = 64 * KIB, .bodies_in_flight_bytes = 256 * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    int fd[20];
    for (int i = 0; i < 20; i++) {
        AUTO(text) struct text out = {0};
        fd[i] = send_part_of_body(&fixture, "/nothing", 60000, 59000);
        assert_true(raw_client_read_until(fd[i], "HTTP/1.1 404 ", 10, &out));
        assert_int_equal(metric_value(held), 0);
    }
    assert_int_equal(post_body(client, 60000, &reply), 200);
    for (int i = 0; i < 20; i++)
        close(fd[i]);
}

/* Each of 60000 bytes takes 64 KiB; those that are parked keep them. */
static void bodies_of_an_address_have_half_of_their_memory(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text out = {0}, request = {0};
    start(&fixture,
          (struct http_limits){.body_bytes = 64 * KIB, .bodies_in_flight_bytes = 256 * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_client)
    struct http_client *other = http_client_open_from(fixture.address, OTHER_ADDRESS);
    text_add(&request,
             "POST /park/1?20 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n");
    memset(text_reserve(&request, 60000), ' ', 60000);
    int fd[2];
    for (int i = 0; i < 2; i++) {
        int parked_before = parked;
        fd[i] = raw_client_connect(fixture.address);
        raw_client_send(fd[i], request.at, request.length + 60000);
        wait_until(10, parked > parked_before);
    }
    assert_int_equal(post_body(client, 60000, &reply), 503);
    http_reply_check_problem(&reply, 503, "queue-full");
    assert_non_null(http_reply_header(&reply, "Retry-After"));
    assert_int_equal(post_body(client, 1000, &reply), 200);
    assert_int_equal(post_body(other, 60000, &reply), 200);
    progress_position = 1;
    http_deferral_notify(fixture.server);
    for (int i = 0; i < 2; i++) {
        assert_true(raw_client_read_until(fd[i], "\"reached\"", 10, &out));
        close(fd[i]);
        text_clear(&out);
    }
    assert_int_equal(post_body(client, 60000, &reply), 200);
}

static void a_body_below_the_least_rate_is_answered_408(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0};
    start(&fixture, (struct http_limits){.body_bytes_per_second = KIB * KIB});
    int fd = send_part_of_body(&fixture, "/body", 60000, 1000);
    assert_true(raw_client_read_to_end(fd, 20, &out));
    assert_text_contains(out.at, "HTTP/1.1 408 ");
    assert_text_contains(out.at, "Connection: close\r\n");
    assert_text_contains(out.at, "/problems/body-too-slow");
    close(fd);
}

static void add_repeated(struct text *to, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        text_add(to, text);
}

/* Sends on after the server has closed, which must not be answered by a reset: that would take the
 * answer away. */
static void send_on_and_read(int fd, const char *piece, int pieces, struct text *out)
{
    struct pollfd closed = {.fd = fd, .events = POLLRDHUP};
    size_t length = strlen(piece);
    assert_int_equal(poll(&closed, 1, 20000), 1);
    for (int i = 0; i < pieces; i++)
        assert_int_equal(send(fd, piece, length, MSG_NOSIGNAL), length);
    assert_true(raw_client_read_to_end(fd, 10, out));
    assert_int_equal(send(fd, piece, length, MSG_NOSIGNAL), length);
    close(fd);
}

static void a_rejected_client_that_sends_on_reads_its_answer(void **state)
{
    (void)state;
    enum { LONG = 40000, TIMES = 20 };
    static const struct {
        const char *head, *status, *problem;
        bool long_head;
        const char *path; /* NULL: "/body" */
    } refused[] = {
        {"Host: localhost\r\nContent-Length: 8192\r\n\r\n", "404", "not-found", false, "/nothing"},
        {"Host: localhost\r\nContent-Length: 8192\r\n\r\n", "413", "body-too-large", false, NULL},
        {"Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n", "413", "body-too-large",
         false, NULL},
        {"Host: other.example.com\r\nContent-Length: 1000\r\n\r\n", "421", "unknown-host", false,
         NULL},
        {"Host: localhost\r\nOrigin: http://other.example.com\r\nContent-Length: 1000\r\n\r\n",
         "403", "cross-origin", false, NULL},
        {"Host: localhost\r\nHost: other\r\nContent-Length: 1000\r\n\r\n", "400", "bad-request",
         false, NULL},
        {"Host: localhost\r\nContent-Length: 1000\r\nX: ", "431", "", true, NULL},
    };
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text piece = {0}, large = {0};
    start(&fixture, (struct http_limits){.body_bytes = 4 * KIB});
    add_repeated(&piece, "x", 700);
    add_repeated(&large, "x", LONG);
    for (size_t i = 0; i < TIMES * sizeof refused / sizeof *refused; i++) {
        size_t kind = i % (sizeof refused / sizeof *refused);
        AUTO(text) struct text out = {0};
        AUTO(text) struct text request = {0};
        text_printf(&request, "POST %s HTTP/1.1\r\n%s",
                    refused[kind].path ? refused[kind].path : "/body", refused[kind].head);
        if (refused[kind].long_head)
            text_add_slice(&request, text_slice(&large));
        if (strstr(request.at, "chunked"))
            add_repeated(&request, piece.at, 6);
        int fd = raw_client_connect(fixture.address);
        raw_client_send(fd, request.at, request.length);
        send_on_and_read(fd, piece.at, 4, &out);
        if (!strstr(out.at, refused[kind].status) || !strstr(out.at, refused[kind].problem) ||
            !strstr(out.at, "\r\nDate: "))
            fail_msg("%s: %s", refused[kind].head, out.at);
    }
    assert_int_equal(echoed, 0);
}

static void a_body_that_was_answered_408_is_not_handled(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(text) struct text out = {0}, rest = {0};
    start(&fixture, (struct http_limits){.body_bytes_per_second = KIB * KIB});
    int fd = send_part_of_body(&fixture, "/body", 2000, 1000);
    add_repeated(&rest, " ", 1000);
    send_on_and_read(fd, rest.at, 1, &out);
    assert_text_contains(out.at, "HTTP/1.1 408 ");
    assert_int_equal(count_of(out.at, "HTTP/1.1"), 1);
    assert_int_equal(echoed, 0);
}

static void a_closing_server_does_not_wait_for_rejected_clients(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    struct fixture fixture = {0};
    int fd[3 * HTTP_LINGERING_MOST];
    struct metric_series *lingering = metric_series(METRIC_HTTP_CONNECTIONS_LINGERING, "");
    start(&fixture, (struct http_limits){.body_bytes = KIB});
    for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
        fd[i] = send_part_of_body(&fixture, "/body", 2 * KIB, 1);
    for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
        assert_true(raw_client_read_until(fd[i], "body-too-large", 10, (text_clear(&out), &out)));
    assert_true(metric_value(lingering) <= HTTP_LINGERING_MOST);
    stop(&fixture);
    assert_int_equal(metric_value(lingering), 0);
    for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
        close(fd[i]);
}

static int ask_and_not_read(const struct fixture *fixture, int kib)
{
    AUTO(text) struct text request = {0}, out = {0};
    text_printf(&request, "GET /large?%d HTTP/1.1\r\nHost: localhost\r\n\r\n", kib);
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, request.at, request.length);
    assert_true(raw_client_read_until(fd, "200 OK", 10, &out));
    return fd;
}

static long get_large(struct http_client *client, int kib, struct http_reply *reply)
{
    char path[32];
    snprintf(path, sizeof path, "/large?%d", kib);
    http_client_call(client, &(struct http_call){.path = path}, reply);
    return reply->status;
}

/* What the kernel takes of an answer at once is much less than its size. */
static void answers_of_an_address_have_half_of_their_memory(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text rest = {0};
    start(&fixture, (struct http_limits){.answers_in_flight_bytes = 40 * KIB * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_client)
    struct http_client *other = http_client_open_from(fixture.address, OTHER_ADDRESS);
    int unread = ask_and_not_read(&fixture, 20000);
    assert_int_equal(get_large(client, 20000, &reply), 503);
    http_reply_check_problem(&reply, 503, "queue-full");
    assert_non_null(http_reply_header(&reply, "Retry-After"));
    assert_int_equal(get_large(client, 20, &reply), 200);
    assert_int_equal(get_large(other, 10000, &reply), 200);
    wait_until(10, get_large(client, 20000, &reply) == 200); /* for the stalled one is cut */
    assert_true(raw_client_read_to_end(unread, 10, &rest));
    assert_true(rest.length < (size_t)20000 * KIB);
    close(unread);
}

/* Takes 16 KiB of its answer 50 times a second, until it is stopped. */
struct slow_reader {
    int fd;
    atomic_bool stop;
    bool closed;
};

static void *read_slowly(void *reader_)
{
    struct slow_reader *reader = reader_;
    static char piece[16 * KIB];
    while (!reader->stop && !reader->closed) {
        reader->closed = recv(reader->fd, piece, sizeof piece, 0) <= 0;
        test_pause_ms(20);
    }
    return NULL;
}

/* A reader that is slow but goes on is not cut: the next is refused instead. */
static void a_reader_that_makes_progress_is_not_cut_for_another(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    const int buffer = 64 * KIB;
    start(&fixture, (struct http_limits){.answers_in_flight_bytes = 26 * KIB * KIB});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    struct slow_reader slow = {.fd = ask_and_not_read(&fixture, 12000)};
    setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &slow), 0);
    for (int64_t begin_ms = test_now_ms(); test_now_ms() - begin_ms < 4500;)
        assert_int_equal(get_large(client, 12000, &reply), 503);
    slow.stop = true;
    pthread_join(thread, NULL);
    assert_false(slow.closed);
    close(slow.fd);
}

static void a_slow_client_costs_only_its_slot_and_is_cut(void **state)
{
    (void)state;
    static const char *const slow[] = {
        "GET /ec",                                             /* in its request line */
        "GET /echo/a HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", /* in its head */
        "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n", /* in its body */
    };
    AUTO(fixture) struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture, (struct http_limits){.idle_seconds = 1, .request_seconds = 1});
    int fd[3];
    int64_t start_ms = test_now_ms();
    for (int i = 0; i < 3; i++) {
        fd[i] = raw_client_connect(fixture.address);
        raw_client_send(fd[i], slow[i], strlen(slow[i]));
    }
    for (int open = 3; open > 0;) { /* a byte now and then: never idle, never done */
        open = 0;
        for (int i = 0; i < 3; i++) {
            AUTO(text) struct text out = {0};
            if (raw_client_read_to_end(fd[i], 0, &out))
                continue;
            open++;
            raw_client_send(fd[i], "x", 1);
        }
        http_get(fixture.address, "/echo/b", &reply);
        assert_int_equal(reply.status, 200);
        assert_true(test_now_ms() < start_ms + 15000);
        test_pause_ms(100);
    }
    for (int i = 0; i < 3; i++)
        close(fd[i]);
}

static void a_request_can_be_answered_by_another_thread(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    start(&fixture, (struct http_limits){0});
    AUTO(http_client) struct http_client *client = http_client_open(fixture.address);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; i < 3; i++) {
        http_client_call(client, &(struct http_call){.path = "/later"}, &reply);
        assert_string_equal(reply.body.at, "\"resumed\"");
        pthread_join(resumer, NULL);
    }
    assert_int_equal(http_client_connections(client), 1);
}

#define WAITERS 200

/* Opens connections whose requests park for the position. */
static void send_waiters(const struct fixture *fixture, int fd[WAITERS], int position, int seconds)
{
    AUTO(text) struct text sent = {0};
    text_printf(&sent, "GET /park/%d?%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                position, seconds);
    for (int i = 0; i < WAITERS; i++) {
        fd[i] = raw_client_connect(fixture->address);
        raw_client_send(fd[i], sent.at, sent.length);
    }
}

static void expect_all(int fd[WAITERS], const char *text)
{
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        assert_text_contains(out.at, text);
        close(fd[i]);
    }
}

static void parked_requests_resume_when_the_position_is_reached(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    int fd[WAITERS];
    start(&fixture, (struct http_limits){0});
    send_waiters(&fixture, fd, 7, 60);
    progress_position = 7;
    http_deferral_notify(fixture.server);
    expect_all(fd, "\"reached\"");
}

static void parked_requests_expire(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    int fd[WAITERS];
    start(&fixture, (struct http_limits){0});
    send_waiters(&fixture, fd, 7, 1);
    expect_all(fd, "\"expired\"");
}

static void a_closing_server_answers_all_parked_requests(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    int fd[WAITERS];
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture, (struct http_limits){0});
    send_waiters(&fixture, fd, 7, 60);
    http_get(fixture.address, "/echo/a", &reply);
    stop(&fixture);
    for (int i = 0; i < WAITERS; i++) {
        AUTO(text) struct text out = {0};
        assert_true(raw_client_read_to_end(fd[i], 10, &out));
        if (out.length) /* else it had not been accepted yet */
            assert_text_contains(out.at, "/problems/shutting-down");
        close(fd[i]);
    }
}

/* What they wait for does not come, and nothing is sent to them. */
static void clients_that_leave_while_they_wait_free_their_slots(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    int fd[WAITERS];
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture, (struct http_limits){0});
    send_waiters(&fixture, fd, 7, 60);
    wait_until(10, open_connections() == WAITERS);
    for (int i = 0; i < WAITERS; i++)
        close(fd[i]);
    wait_until(10, open_connections() == 0);
    http_get(fixture.address, "/echo/a", &reply);
    assert_int_equal(reply.status, 200);
    progress_position = 7;
    http_deferral_notify(fixture.server);
    http_get(fixture.address, "/echo/a", &reply);
    assert_int_equal(reply.status, 200);
}

static void an_address_in_use_is_named(void **state)
{
    (void)state;
    AUTO(fixture) struct fixture fixture = {0};
    struct error error = {0};
    struct http_server *second = NULL;
    start(&fixture, (struct http_limits){0});
    struct http_server_options options = {.listen = fixture.address, .router = fixture.router};
    assert_int_equal(http_server_open(&options, &second, &error), ERR_IO);
    assert_text_contains(error.text, fixture.address);
    assert_text_contains(error.text, "another process already listens there");
    static const char *const wrong[] = {
        "", "8080", "127.0.0.1", "127.0.0.1:x", "::1:8080", "127.0.0.1:65536", "example.org:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.listen = wrong[i];
        assert_int_equal(http_server_open(&options, &second, &error), ERR_USAGE);
        assert_text_contains(error.text, wrong[i]);
    }
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1000; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_closed_server_leaves_nothing_open(void **state)
{
    (void)state;
    int before = open_descriptors();
    struct fixture fixture = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    start(&fixture, (struct http_limits){0});
    http_get(fixture.address, "/echo/a", &reply);
    AUTO(string) char *address = strdup(fixture.address);
    stop(&fixture);
    assert_int_equal(open_descriptors(), before);
    AUTO(http_client) struct http_client *client = http_client_open(address);
    assert_false(http_client_try(client, &(struct http_call){.path = "/echo/a"}, &reply));
}

static void it_listens_on_ipv6(void **state)
{
    (void)state;
    struct router *router = router_create(routes, NULL);
    struct http_server *server = NULL;
    struct error error = {0};
    struct http_server_options options = {.listen = "[::1]:0", .router = router};
    enum err err = http_server_open(&options, &server, &error);
    if (err == OK) {
        AUTO(http_reply) struct http_reply reply = {0};
        assert_memory_equal(http_server_address(server), "[::1]:", 6);
        http_get(http_server_address(server), "/echo/a", &reply);
        assert_int_equal(reply.status, 200);
    } else {
        assert_text_contains(error.text, "[::1]:0"); /* a machine without IPv6 */
    }
    http_server_close(server);
    router_destroy(router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_share_a_connection),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(another_method_is_rejected_with_those_allowed),
        cmocka_unit_test(segments_are_split_before_they_are_decoded),
        cmocka_unit_test(a_client_that_accepts_no_available_type_is_answered_406),
        cmocka_unit_test(a_request_without_a_route_is_rejected_before_its_body),
        cmocka_unit_test(a_small_body_without_a_route_is_discarded_and_the_connection_kept),
        cmocka_unit_test(a_long_body_is_rejected_by_its_length_unread),
        cmocka_unit_test(a_long_chunked_body_is_answered_413),
        cmocka_unit_test(a_request_of_two_lengths_is_rejected_and_hides_no_other),
        cmocka_unit_test(a_head_of_any_size_is_answered),
        cmocka_unit_test(an_address_has_no_more_connections_than_its_share),
        cmocka_unit_test(a_single_header_given_twice_is_rejected),
        cmocka_unit_test(a_list_on_many_lines_is_rejected),
        cmocka_unit_test(a_higher_minor_version_is_processed_as_http_1_1),
        cmocka_unit_test(a_version_that_is_unknown_or_malformed_is_rejected),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(an_announced_length_reserves_nothing),
        cmocka_unit_test(a_body_without_a_route_uses_no_memory_for_bodies),
        cmocka_unit_test(bodies_of_an_address_have_half_of_their_memory),
        cmocka_unit_test(a_body_below_the_least_rate_is_answered_408),
        cmocka_unit_test(a_rejected_client_that_sends_on_reads_its_answer),
        cmocka_unit_test(a_body_that_was_answered_408_is_not_handled),
        cmocka_unit_test(a_closing_server_does_not_wait_for_rejected_clients),
        cmocka_unit_test(answers_of_an_address_have_half_of_their_memory),
        cmocka_unit_test(a_reader_that_makes_progress_is_not_cut_for_another),
        cmocka_unit_test(a_slow_client_costs_only_its_slot_and_is_cut),
        cmocka_unit_test(a_request_can_be_answered_by_another_thread),
        cmocka_unit_test(parked_requests_resume_when_the_position_is_reached),
        cmocka_unit_test(parked_requests_expire),
        cmocka_unit_test(a_closing_server_answers_all_parked_requests),
        cmocka_unit_test(clients_that_leave_while_they_wait_free_their_slots),
        cmocka_unit_test(an_address_in_use_is_named),
        cmocka_unit_test(a_closed_server_leaves_nothing_open),
        cmocka_unit_test(it_listens_on_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
