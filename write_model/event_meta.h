/* An event's meta: the JSON object of CloudEvents attributes that are not columns. */
#pragma once

#include "base/text.h"

/* What caused an event. A text that is NULL or "" is left out. */
struct event_cause {
    const char *correlation_id, *causation_id, *traceparent;
};

/* Adds {"correlationid":…,"causationid":…,"traceparent":…}. */
void event_meta_write(const struct event_cause *cause, struct text *out);

/* Adds the meta of an external event, with those members of `cause` that it does not have itself. */
void event_meta_complete(struct slice meta, const struct event_cause *cause, struct text *out);
