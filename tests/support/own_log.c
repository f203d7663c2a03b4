#include "tests/support/own_log.h"

#include "tests/support/claims.h"

#include <stdio.h>

#define URLS_MOST 256

const char *own_log_url(const char *directory)
{
    static char *urls[URLS_MOST];
    size_t i = 0;
    for (; i < URLS_MOST && urls[i]; i++)
        if (strcmp(urls[i] + strlen("sqlite:"), directory) == 0)
            return urls[i];
    REQUIRE(i < URLS_MOST && asprintf(&urls[i], "sqlite:%s", directory) > 0);
    return urls[i];
}

enum err own_log_open(const char *directory, enum event_store_access access,
                      struct event_store **ret_store, struct error *error)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "sqlite:%s", directory);
    return event_store_open(url.at, access, ret_store, error);
}

void own_log_begin(struct event_store *store, struct write_set *set)
{
    struct checkpoint head;
    int64_t time_us = 0;
    assert_ok(event_store_head(store, &head, &time_us, &error));
    write_set_init(set);
    write_set_begin(set, &head, time_us);
}

static enum err take_version(void *context, size_t stream, int64_t version, struct error *error)
{
    (void)stream, (void)error;
    *(int64_t *)context = version;
    return OK;
}

static int64_t version_of(struct event_store *store, struct slice stream)
{
    int64_t version = 0;
    struct prefetch_stream wanted = {.name = stream, .version_only = true};
    struct event_prefetch prefetch = {.streams = &wanted, .stream_count = 1};
    struct prefetch_sink sink = {.context = &version, .version = take_version};
    assert_ok(event_store_prefetch(store, &prefetch, &sink, &error));
    return version;
}

const struct event *own_log_add(struct event_store *store, struct write_set *set,
                                const char *stream, int64_t time_us, const struct event *event)
{
    struct slice name = slice_of(stream);
    int64_t before = write_set_find_stream(set, name) ? 0 : version_of(store, name);
    return write_set_add_event(set, name, before, time_us, event);
}

void own_log_store(struct event_store *store, struct write_set *set)
{
    struct error error = {0};
    if (event_store_store(store, set, &error) != EVENT_STORE_STORED)
        fail_msg("the write set was not stored: %s", error.text);
    write_set_finish(set);
}

void own_log_append(struct event_store *store, const char *stream, int64_t time_us,
                    const struct event *event)
{
    struct write_set set;
    own_log_begin(store, &set);
    own_log_add(store, &set, stream, time_us, event);
    own_log_store(store, &set);
}
