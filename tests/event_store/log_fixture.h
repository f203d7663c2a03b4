/* A log in a directory of its own, and short words for adding to it. */
#pragma once

#include "base/db.h"
#include "event_store/event_store.h"
#include "event_store/sqlite/event_log.h"
#include "schema/event_batch.h"

struct log_fixture {
    const char *directory;
    struct event_store *log; /* the writer's */
};

/* cmocka's setup and teardown: *state is a struct log_fixture. */
int log_fixture_setup(void **state);
int log_fixture_teardown(void **state);

/* Closes the writer and opens it again. */
void log_fixture_reopen(struct log_fixture *fixture);

/* Appends one event. */
void log_fixture_append(struct event_store *log, const char *stream, const char *data);

/* `count` events, dealt in turn to `streams` streams "thing/0", "thing/1", …: all in one
 * write set. */
void log_fixture_fill(struct event_store *log, int count, int streams);

/* A connection to the file beside the log's, as somebody with a shell would have it. */
struct db *log_fixture_raw(const struct log_fixture *fixture);

int64_t log_fixture_head(struct event_store *log);
