/* A log in a directory of a test, read and written without a command desk. */
#pragma once

#include "event_store/event_store.h"

/* "sqlite:DIRECTORY"; valid until the program ends. One thread. */
const char *own_log_url(const char *directory);

/* event_store_open() of that. */
MUST_CHECK enum err own_log_open(const char *directory, enum event_store_access access,
                                 struct event_store **ret_store, struct error *error);
