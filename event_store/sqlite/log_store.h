/* The engine's functions that write: a write set is one transaction. */
#pragma once

#include "event_store/event_store_engine.h"

enum event_store_outcome log_store(struct event_store *store, const struct write_set *set,
                                   struct error *error);
enum event_store_outcome log_store_resolve(struct event_store *store, const struct write_set *set,
                                           struct error *error);
