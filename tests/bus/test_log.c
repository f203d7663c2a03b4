#include "tests/bus/test_log.h"
#include "tests/support/own_log.h"

#include "base/clock.h"
#include "base/id.h"
#include "tests/support/claims.h"

#include <stdio.h>

struct event_store *test_log_open(const char *directory)
{
    struct event_store *log = NULL;
    assert_ok(own_log_open(directory, EVENT_STORE_WRITE, &log, &error));
    return log;
}

struct checkpoint test_log_head(struct event_store *log)
{
    struct checkpoint head;
    assert_ok(event_store_head(log, &head, NULL, &error));
    return head;
}

static void append_one(struct event_store *log, struct write_set *set, int64_t position, int pad)
{
    char stream[32], id[ID_UUID_BYTES];
    AUTO(text) struct text data = {0};
    snprintf(stream, sizeof stream, "test/S-%d", (int)(position % 10));
    id_make(id);
    text_printf(&data, "{\"n\":%lld,\"pad\":\"%*s\"}", (long long)position, pad, "");
    struct event event = {.type = slice_of("test.happened.v1"),
                          .id = slice_of(id),
                          .data = text_slice(&data),
                          .meta = slice_of("{\"correlationid\":\"c-1\"}")};
    own_log_add(log, set, stream, clock_now_us(), &event);
}

struct checkpoint test_log_append(struct event_store *log, int count, int pad)
{
    struct checkpoint head = test_log_head(log);
    struct write_set set;
    own_log_begin(log, &set);
    for (int i = 0; i < count; i++)
        append_one(log, &set, head.position + 1 + i, pad);
    own_log_store(log, &set);
    return test_log_head(log);
}
