/* A CloudEvent 1.0 of another system, in the form in which the log stores it. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <jansson.h>

/* Owned texts; `data` and `meta` are as the log stores them. */
struct external_event {
    char *id, *source, *type;
    char *data; /* compact JSON text; "null" if there was none */
    char *meta; /* source, and time, subject, datacontenttype (unless it is application/json),
                   extensions if given; compact JSON object */
    json_t *data_json;
};
void external_event_finish(struct external_event *event);
AUTO_FINISH(external_event, struct external_event, external_event_finish)

/* Reads a structured CloudEvent. ERR_BAD_REQUEST names the attribute that is wrong;
 * ERR_UNSUPPORTED_MEDIA if datacontenttype is not JSON. annal's own attributes (sequence, partitionkey,
 * streamversion, recordedtime, dataschema) are ignored. */
MUST_CHECK enum err external_event_read(const json_t *structured, struct external_event *ret_event,
                                        struct error *error);
