#include "tests/event_store/log_fixture.h"
#include "tests/support/own_log.h"

#include "tests/support/claims.h"

static void add_sqlite_url(const char *directory, struct text *out)
{
    text_printf(out, "sqlite:%s", directory);
}

const struct log_engine log_engines[] = {
    {"sqlite", add_sqlite_url},
};
const size_t log_engine_count = sizeof log_engines / sizeof *log_engines;

int log_fixture_prepare(void **state)
{
    struct log_fixture *fixture = calloc(1, sizeof *fixture);
    REQUIRE(fixture);
    fixture->engine = *state ? *state : &log_engines[0];
    fixture->directory = test_directory_make();
    fixture->engine->add_url(fixture->directory, &fixture->url);
    *state = fixture;
    return 0;
}

int log_fixture_setup(void **state)
{
    log_fixture_prepare(state);
    struct log_fixture *fixture = *state;
    assert_ok(log_fixture_open(fixture, EVENT_STORE_WRITE, &fixture->log, &error));
    return 0;
}

int log_fixture_teardown(void **state)
{
    struct log_fixture *fixture = *state;
    event_store_close(fixture->log);
    test_directory_remove(fixture->directory);
    text_finish(&fixture->url);
    free(fixture);
    return 0;
}

enum err log_fixture_open(const struct log_fixture *fixture, enum event_store_access access,
                          struct event_store **ret_store, struct error *error)
{
    return event_store_open(fixture->url.at, access, ret_store, error);
}

void log_fixture_reopen(struct log_fixture *fixture)
{
    event_store_close(fixture->log);
    fixture->log = NULL;
    assert_ok(log_fixture_open(fixture, EVENT_STORE_WRITE, &fixture->log, &error));
}

void log_fixture_append(struct event_store *log, const char *stream, const char *data)
{
    struct event event = {.type = slice_of("thing.done.v1"),
                          .id = slice_of("11111111-2222-4333-8444-555555555555"),
                          .data = slice_of(data),
                          .meta = slice_of("{\"correlationid\":\"c-1\"}")};
    own_log_append(log, stream, 1000000, &event);
}

void log_fixture_fill(struct event_store *log, int count, int streams)
{
    struct write_set set;
    own_log_begin(log, &set);
    for (int i = 0; i < count; i++) {
        AUTO(text) struct text stream = {0}, data = {0}, id = {0};
        text_printf(&stream, "thing/%d", i % streams);
        text_printf(&data, "{\"number\":%d}", i + 1);
        text_printf(&id, "event-%d", i + 1);
        struct event event = {.type = slice_of(i % 2 ? "thing.done.v1" : "thing.begun.v1"),
                              .id = text_slice(&id),
                              .data = text_slice(&data),
                              .meta = slice_of("{}")};
        own_log_add(log, &set, stream.at, 1000000 + i, &event);
    }
    own_log_store(log, &set);
}

int64_t log_fixture_head(struct event_store *log)
{
    struct checkpoint head = {0};
    assert_ok(event_store_head(log, &head, NULL, &error));
    return head.position;
}
