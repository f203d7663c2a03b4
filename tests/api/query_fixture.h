/* A query endpoint over the read side's fixture, and a client of it. */
#pragma once

#include "api/query_endpoint.h"
#include "tests/read_model/read_fixture.h"
#include "tests/support/http_client.h"

struct query_fixture {
    struct read_fixture *read;
    struct query_endpoint *endpoint;
    const char *address;
    struct http_client *client;
    struct http_reply reply;
    unsigned live_listeners; /* of an endpoint that is opened anew */
};

/* For cmocka_unit_test_setup_teardown: *state is the fixture. Nothing is built yet. */
int query_fixture_setup(void **state);
int query_fixture_teardown(void **state);

/* Opens the endpoint anew with these limits, over a side with this time limit for queries. */
void query_fixture_reopen(struct query_fixture *fixture, const struct http_limits *limits,
                          int64_t time_limit_ms);

/* Into fixture->reply. `header` may be NULL. */
void query_fixture_get(struct query_fixture *fixture, const char *path, const char *header);

/* The reply's header must be this. */
void query_fixture_check_header(struct query_fixture *fixture, const char *name, const char *value);

/* Sends a GET by a connection of its own, and does not read; the caller closes it. `headers`: lines
 * with their CR LF. */
int query_fixture_send(const struct query_fixture *fixture, const char *path, const char *headers);

/* For numbered rows: things (id, number) '00001', 1 and so on. */
#define QUERY_FIXTURE_ROWS(count)                                                                  \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #count ") "        \
    "INSERT INTO things (id, number) SELECT printf('%05d', i), i FROM n"
