/* Logs for tests: made with write sets. */
#pragma once

#include "event_store/event_store.h"

/* Opens (and makes) the log in `directory` for writing. */
struct event_store *test_log_open(const char *directory);

/* Appends `count` events in one transaction, to streams test/S-0 … test/S-9 in turn. The data of
 * the event at position P is {"n":P,"pad":"…"} with `pad` bytes of padding. Returns the head. */
struct checkpoint test_log_append(struct event_store *log, int count, int pad);

struct checkpoint test_log_head(struct event_store *log);
