/* Events as CloudEvents 1.0: JSON format (structured mode) and the parts of binary mode.
 *
 * What goes out of an event:
 *   specversion "1.0", id, type, source ("/streams/<stream>" unless meta has one), time (recorded,
 *   unless meta has one), datacontenttype, dataschema ("/schemas/<type>"), sequence (the position,
 *   20 digits), partitionkey (the stream), streamversion (the version, an integer), recordedtime,
 *   data, and behind data, byte for byte, the members of meta.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "schema/event.h"

#include <jansson.h>

/* Adds the event as one JSON object on one line, without a newline. */
void cloudevent_write(const struct event *event, struct text *out);

/* Reads what cloudevent_write() wrote: all slices point into `json`; the hash is left alone.
 * ERR_BAD_REQUEST if it is anything else. For events that come back to us over the bus. */
MUST_CHECK enum err cloudevent_read_own(struct slice json, struct event *ret_event,
                                        struct error *error);

/* One context attribute, for binary mode. */
typedef void cloudevent_attribute_fn(void *context, const char *name, struct slice value);

/* Calls `each` for every context attribute of the event but datacontenttype, values as the text
 * that stands for them in binary mode (unescaped). */
void cloudevent_each_attribute(const struct event *event, cloudevent_attribute_fn *each,
                               void *context);

/* A CloudEvent somebody sent us. Owned texts; `data` and `meta` ready for the log. */
struct foreign_event {
    char *id, *source, *type;
    char *data; /* compact JSON text; "null" if there was none */
    char *meta; /* source, and time, subject, extensions if given; compact JSON object */
    json_t *data_json;
};
void foreign_event_finish(struct foreign_event *event);
AUTO_FINISH(foreign_event, struct foreign_event, foreign_event_finish)

/* Reads a structured CloudEvent. ERR_BAD_REQUEST names the attribute that is wrong;
 * ERR_UNSUPPORTED_MEDIA if datacontenttype is not JSON. Attributes of ours (sequence, partitionkey,
 * streamversion, recordedtime, dataschema) are taken as absent. */
MUST_CHECK enum err foreign_event_read(const json_t *structured, struct foreign_event *ret_event,
                                       struct error *error);
