/* A command endpoint on a free port, with a real desk and a log in a new directory. Beside the
 * domain's event types there is "note.added.v1" {text*, costly}, for external events. */
#pragma once

#include "api/command_endpoint.h"
#include "tests/support/http_client.h"

struct command_fixture {
    const char *directory;
    struct catalogue *catalogue;
    struct command_desk *desk;
    struct command_endpoint *endpoint;
    const char *address;
    struct http_client *client;
    struct http_reply reply; /* of the last call */
    unsigned feed_listeners; /* of an endpoint that is opened anew */
};

/* cmocka's setup and teardown: *state is a struct command_fixture. */
int command_fixture_setup(void **state);
int command_fixture_teardown(void **state);

/* Closes and opens the endpoint with these limits; the desk stays. */
void command_fixture_limit(struct command_fixture *fixture, struct http_limits limits);

/* The reply is in fixture->reply. */
void command_fixture_call(struct command_fixture *fixture, const struct http_call *call);
void command_fixture_get(struct command_fixture *fixture, const char *path);
void command_fixture_post(struct command_fixture *fixture, const char *path, const char *body);

/* The call must be answered with this problem and add nothing to the log. */
void command_fixture_refuses(struct command_fixture *fixture, const struct http_call *call,
                             int status, const char *slug);

/* A header of the reply must have this value (NULL: must not be there). */
void command_fixture_check_header(struct command_fixture *fixture, const char *name,
                                  const char *value);

#define LOAN_BODY                                                                                  \
    "{\"memberId\":\"M-1\",\"branch\":\"CPH\",\"books\":[{\"bookId\":\"B-1\","                     \
    "\"copies\":2}]}"
