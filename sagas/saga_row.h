/* The state of a saga: a row of the table `sagas`, and the lines to be added to its history. */
#pragma once

#include "base/statement.h"
#include "base/text.h"
#include "sagas/saga_table.h"

#define SAGA_NAME_BYTES        (SAGA_NAME_MOST + 1)
#define SAGA_TRACEPARENT_BYTES 56

struct saga_row {
    int64_t number;
    char saga[SAGA_NAME_BYTES], id[SAGA_ID_BYTES];
    int64_t version; /* of its table of steps */
    enum saga_phase phase;
    char step[SAGA_NAME_BYTES], reason[SAGA_REASON_BYTES];
    json_t *facts;          /* owned */
    struct text facts_text; /* the facts as they are saved, once the row was added or read */
    bool due;               /* its facts have changed since it decided */
    int64_t pending;        /* number of its message (outbox.h) that has no answer yet; 0: none */
    bool abandoned;
    int64_t sent,
        told; /* how many commands and questions it has sent, and how many of its own events */
    int64_t wakes_us; /* its timer; 0: none */
    char correlation[SAGA_ID_BYTES], traceparent[SAGA_TRACEPARENT_BYTES];
    enum saga_phase counted; /* the phase in which saga_store_count() counts it; the store's */
    struct text notes;       /* lines for its history, saved with it */
};
void saga_row_finish(struct saga_row *row);
AUTO_FINISH(saga_row, struct saga_row, saga_row_finish)

/* Adds a line to its history. Kinds: see sagas/sagas.sql. */
void saga_row_note(struct saga_row *row, const char *kind, const char *what);

/* Reads the columns of saga_find.sql and saga_read.sql. ERR_CORRUPT names the saga. */
MUST_CHECK enum err saga_row_read(struct saga_row *row, const struct statement *statement,
                                  struct error *error);
