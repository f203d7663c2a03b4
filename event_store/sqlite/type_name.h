/* Event types by name and by number: written once in the log's table, kept in memory. There are as
 * many as the catalogue has had. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct event_log;

struct type_names {
    struct slice *names; /* names[number - 1], owned */
    size_t count, capacity;
    size_t latest; /* where the last one asked for was found */
};

/* The number of a type; adds it to the log if it is new. For the writer. */
MUST_CHECK enum err type_name_number(struct event_log *log, struct slice type, int64_t *ret_number,
                                     struct error *error);

/* The name of a number; valid until the log is closed or rolls back. ERR_CORRUPT if there is none.
 */
MUST_CHECK enum err type_name_of(struct event_log *log, int64_t number, struct slice *ret_type,
                                 struct error *error);

void type_name_forget(struct type_names *types);
