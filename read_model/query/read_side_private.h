/* What the files of the read side share. Nobody else includes it. */
#pragma once

#include "read_model/query/position_floor.h"
#include "read_model/query/read_names.h"
#include "read_model/query/read_side.h"
#include "telemetry/metrics.h"

struct reader;
struct read_snapshot;

struct read_side {
    char *data_directory;
    const struct models *models;
    int64_t time_limit_ms;
    struct read_names tables, queries;
    struct position_floor *floors;    /* by model */
    struct metric_series **positions; /* by model */
    struct metric_series *row_reads, *list_reads, *query_reads;

    pthread_key_t reader_of_thread;
    pthread_mutex_t lock;
    struct reader *readers; /* under the lock */

    pthread_t janitor;
    pthread_cond_t janitor_wakes; /* with the lock */
    atomic_bool janitor_watches;  /* false: it sleeps until woken */
    bool janitor_stops;           /* under the lock */
};

/* Empties the answer and tells which model at which position it is of. */
void read_side_clear_answer(struct read_answer *answer, const struct read_snapshot *snapshot);
