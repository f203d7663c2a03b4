/* Schemas that are read again: the endpoint goes by them from one request to the next. */
#include "base/json.h"
#include "tests/api/command_fixture.h"
#include "tests/domain/lending.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define ADDED                                                                                      \
    "{\"title\":\"It was rung\",\"type\":\"object\",\"required\":[\"times\"],"                     \
    "\"properties\":{\"times\":{\"type\":\"integer\"}}}"
#define BATCH  "Content-Type: application/cloudevents-batch+json"
#define SINGLE "Content-Type: application/cloudevents+json"

static void put(struct command_fixture *fixture, const char *name, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/events/%s.json", fixture->directory, name);
    test_file_write(path.at, content);
}

/* Reads the directory again, as it is now. */
static void renew(struct command_fixture *fixture)
{
    AUTO(catalogue) struct catalogue *next = NULL;
    assert_ok(catalogue_open(&lending.schemas, fixture->directory, &next, &error));
    command_endpoint_renew(fixture->endpoint, next, NULL);
}

static void append(struct command_fixture *fixture, const char *type, const char *id, bool batch,
                   int status)
{
    AUTO(text) struct text body = {0};
    text_printf(&body,
                "%s{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/t\",\"type\":\"%s\","
                "\"data\":{\"times\":3}}%s",
                batch ? "[" : "", id, type, batch ? "]" : "");
    command_fixture_call(fixture, &(struct http_call){.method = "POST",
                                                      .path = "/streams/bell/B-1",
                                                      .headers = {batch ? BATCH : SINGLE},
                                                      .body = body.at});
    if (fixture->reply.status != status)
        fail_msg("%s: %ld %s", type, fixture->reply.status, fixture->reply.body.at);
}

static void append_binary(struct command_fixture *fixture, const char *type, const char *body,
                          int status)
{
    AUTO(text) struct text header = {0};
    text_printf(&header, "ce-type: %s", type);
    command_fixture_call(
        fixture,
        &(struct http_call){.method = "POST",
                            .path = "/streams/bell/B-1",
                            .headers = {"Content-Type: application/json", "ce-specversion: 1.0",
                                        "ce-id: binary", "ce-source: /t", header.at},
                            .body = body});
    assert_int_equal(fixture->reply.status, status);
}

static void assert_page_tells(struct command_fixture *fixture, const char *path, const char *accept,
                              const char *what)
{
    command_fixture_call(fixture, &(struct http_call){.path = path, .headers = {accept}});
    assert_int_equal(fixture->reply.status, 200);
    assert_text_contains(fixture->reply.body.at, what);
}

static void a_type_that_is_added_can_be_appended_and_read(void **state)
{
    struct command_fixture *fixture = *state;
    append(fixture, "bell.rung.v1", "before", false, 404);
    put(fixture, "bell.rung.v1", ADDED);
    append(fixture, "bell.rung.v1", "before", false, 404);
    renew(fixture);
    append(fixture, "bell.rung.v1", "single", false, 201);
    append(fixture, "bell.rung.v1", "batch", true, 200);
    append_binary(fixture, "bell.rung.v1", "{\"times\":1}", 200);
    append_binary(fixture, "bell.rung.v1", "{\"times\":\"often\"}", 422);
    command_fixture_get(fixture, "/streams/bell/B-1");
    AUTO(json) json_t *stream = http_reply_json(&fixture->reply);
    assert_int_equal(json_array_size(json_object_get(stream, "events")), 3);
}

static void documents_are_rewritten_after_a_schema_reload(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_get(fixture, "/openapi.json");
    AUTO(string) char *etag = strdup(http_reply_header(&fixture->reply, "ETag"));
    put(fixture, "bell.rung.v1", ADDED);
    renew(fixture);
    assert_page_tells(fixture, "/schemas", "Accept: application/json", "bell.rung.v1");
    assert_page_tells(fixture, "/schemas", "Accept: text/html", "bell.rung.v1");
    assert_page_tells(fixture, "/schemas/bell.rung.v1", "Accept: application/json",
                      "\"versions\":[\"bell.rung.v1\"]");
    assert_page_tells(fixture, "/schemas/bell.rung.v1", "Accept: application/schema+json", ADDED);
    assert_page_tells(fixture, "/schemas/bell.rung.v1", "Accept: text/html", "It was rung");
    assert_page_tells(fixture, "/openapi.json", "Accept: application/json", "bell.rung.v1");
    assert_string_not_equal(http_reply_header(&fixture->reply, "ETag"), etag);
}

static void rejected_schemas_show_until_there_are_good_ones(void **state)
{
    struct command_fixture *fixture = *state;
    assert_page_tells(fixture, "/readyz", "Accept: */*", "\"status\":\"ready\"");
    command_endpoint_keep(fixture->endpoint);
    assert_page_tells(fixture, "/readyz", "Accept: */*", "\"status\":\"degraded\"");
    assert_text_contains(fixture->reply.body.at, "\"name\":\"schemas\",\"ok\":false");
    append(fixture, "bell.rung.v1", "one", false, 404);
    put(fixture, "bell.rung.v1", ADDED);
    renew(fixture);
    assert_page_tells(fixture, "/readyz", "Accept: */*", "\"status\":\"ready\"");
    append(fixture, "bell.rung.v1", "one", false, 201);
}

/* --- under load ------------------------------------------------------------------------------- */

enum { CLIENTS = 4, RENEWALS = 40 };

struct client {
    const char *address;
    int number;
    atomic_bool *ending;
    int answered, failed;
    pthread_t thread;
};

static void count(struct client *client, const struct http_reply *reply)
{
    client->answered++;
    client->failed += reply->status != 200 && reply->status != 201;
}

static void *work(void *client_)
{
    static const char *const paths[] = {"/schemas", "/openapi.json", "/schemas/note.added.v1"};
    struct client *client = client_;
    AUTO(http_client) struct http_client *http = http_client_open(client->address);
    AUTO(http_reply) struct http_reply reply = {0};
    for (int i = 0; !atomic_load(client->ending); i++) {
        char body[200], path[60];
        snprintf(path, sizeof path, "/streams/note/N-%d", client->number);
        snprintf(body, sizeof body,
                 "{\"specversion\":\"1.0\",\"id\":\"%d-%d\",\"source\":\"/t\","
                 "\"type\":\"note.added.v1\",\"data\":{\"text\":\"x\"}}",
                 client->number, i);
        http_client_call(
            http,
            &(struct http_call){.method = "POST", .path = path, .headers = {SINGLE}, .body = body},
            &reply);
        count(client, &reply);
        http_client_call(http, &(struct http_call){.path = paths[i % 3]}, &reply);
        count(client, &reply);
    }
    return NULL;
}

static void requests_under_way_notice_nothing(void **state)
{
    struct command_fixture *fixture = *state;
    struct client clients[CLIENTS];
    atomic_bool ending = false;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.address = fixture->address, .number = i, .ending = &ending};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, work, &clients[i]), 0);
    }
    for (int i = 0; i < RENEWALS; i++) {
        char name[30];
        snprintf(name, sizeof name, "bell.rung.v%d", i + 1);
        put(fixture, name, ADDED);
        renew(fixture);
        append(fixture, name, name, false, i ? 200 : 201);
    }
    atomic_store(&ending, true);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_true(clients[i].answered > 0);
        assert_int_equal(clients[i].failed, 0);
    }
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_that_is_added_can_be_appended_and_read),
        TEST(documents_are_rewritten_after_a_schema_reload),
        TEST(rejected_schemas_show_until_there_are_good_ones),
        TEST(requests_under_way_notice_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
