#include "tests/api/query_fixture.h"

static void open_endpoint(struct query_fixture *fixture, const struct http_limits *limits)
{
    assert_ok(query_endpoint_open(
        &(struct query_endpoint_options){.listen = "127.0.0.1:0",
                                         .side = fixture->read->side,
                                         .limits = *limits,
                                         .live_listeners = fixture->live_listeners},
        &fixture->endpoint, &error));
    fixture->address = query_endpoint_address(fixture->endpoint);
    fixture->client = http_client_open(fixture->address);
}

int query_fixture_setup(void **state)
{
    struct query_fixture *fixture = calloc(1, sizeof *fixture);
    static const struct http_limits usual = {0};
    assert_non_null(fixture);
    assert_int_equal(read_fixture_setup((void **)&fixture->read), 0);
    open_endpoint(fixture, &usual);
    *state = fixture;
    return 0;
}

int query_fixture_teardown(void **state)
{
    struct query_fixture *fixture = *state;
    http_client_close(fixture->client);
    query_endpoint_close(fixture->endpoint);
    read_fixture_teardown((void **)&fixture->read);
    http_reply_finish(&fixture->reply);
    free(fixture);
    return 0;
}

void query_fixture_reopen(struct query_fixture *fixture, const struct http_limits *limits,
                          int64_t time_limit_ms)
{
    http_client_close(fixture->client);
    query_endpoint_close(fixture->endpoint);
    read_fixture_limit(fixture->read, time_limit_ms);
    open_endpoint(fixture, limits);
}

void query_fixture_get(struct query_fixture *fixture, const char *path, const char *header)
{
    http_client_call(fixture->client, &(struct http_call){.path = path, .headers = {header}},
                     &fixture->reply);
}

void query_fixture_check_header(struct query_fixture *fixture, const char *name, const char *value)
{
    const char *got = http_reply_header(&fixture->reply, name);
    if (!got || strcmp(got, value) != 0)
        fail_msg("the header %s is %s, not %s", name, got ? got : "missing", value);
}

int query_fixture_send(const struct query_fixture *fixture, const char *path, const char *headers)
{
    AUTO(text) struct text sent = {0};
    text_printf(&sent, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers);
    int fd = raw_client_connect(fixture->address);
    raw_client_send(fd, sent.at, sent.length);
    return fd;
}
