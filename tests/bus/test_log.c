#include "tests/bus/test_log.h"

#include "base/clock.h"
#include "base/id.h"
#include "event_store/sqlite/event_append.h"
#include "tests/support/claims.h"

#include <stdio.h>

struct event_log *test_log_open(const char *directory)
{
    struct event_log *log = NULL;
    assert_ok(event_log_open(directory, &log, &error));
    return log;
}

struct checkpoint test_log_head(struct event_log *log)
{
    struct checkpoint head;
    assert_ok(event_log_head(log, &head, NULL, &error));
    return head;
}

static void append_one(struct event_log *log, int64_t position, int pad)
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
    int64_t version = -1;
    assert_ok(event_append(log, slice_of(stream), EXPECT_ANY, &version, clock_now_us(), &event, 1,
                           &error));
}

struct checkpoint test_log_append(struct event_log *log, int count, int pad)
{
    struct checkpoint head = test_log_head(log);
    assert_ok(db_execute(event_log_db(log), "BEGIN IMMEDIATE", &error));
    for (int i = 0; i < count; i++)
        append_one(log, head.position + 1 + i, pad);
    assert_ok(db_execute(event_log_db(log), "COMMIT", &error));
    return test_log_head(log);
}
