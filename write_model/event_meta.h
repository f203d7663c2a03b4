/* An event's meta: the JSON object of CloudEvents attributes that are not columns. */
#pragma once

#include "base/text.h"

/* Where an event comes from; texts may be NULL or "", they are left out then. */
struct event_cause {
    const char *correlation_id, *causation_id, *traceparent;
};

/* Adds {"correlationid":…,"causationid":…,"traceparent":…}. */
void event_meta_write(const struct event_cause *cause, struct text *out);

/* Adds a foreign event's meta, with what it does not tell itself of where it comes from. */
void event_meta_complete(struct slice meta, const struct event_cause *cause, struct text *out);
