/* A new log for each claim, and functions that append to it. Engines differ only in their URLs. */
#pragma once

#include "event_store/event_store.h"

/* An engine that the conformance suite runs for. */
struct log_engine {
    const char *scheme;
    /* Adds the URL of a log that certainly does not exist yet. `directory` is empty, belongs to the
     * log alone and is removed with it. */
    void (*add_url)(const char *directory, struct text *out);
};

/* The engines under test, "sqlite" first: add a new engine here. */
extern const struct log_engine log_engines[];
extern const size_t log_engine_count;

struct log_fixture {
    const struct log_engine *engine;
    const char *directory;
    struct text url;
    struct event_store *log; /* the writer's */
};

/* cmocka's setup and teardown: *state is the engine, NULL for SQLite, and becomes a struct
 * log_fixture. */
int log_fixture_setup(void **state);
int log_fixture_prepare(void **state); /* the same, but the log is not made */
int log_fixture_teardown(void **state);

/* event_store_open() of the fixture's URL. */
MUST_CHECK enum err log_fixture_open(const struct log_fixture *fixture,
                                     enum event_store_access access, struct event_store **ret_store,
                                     struct error *error);

/* Closes the writer and opens it again. */
void log_fixture_reopen(struct log_fixture *fixture);

/* Appends one event. */
void log_fixture_append(struct event_store *log, const char *stream, const char *data);

/* Appends `count` events, distributed over `streams` streams "thing/0", "thing/1", …, in one write set. */
void log_fixture_fill(struct event_store *log, int count, int streams);

int64_t log_fixture_head(struct event_store *log);
