/* Events as CloudEvents 1.0: JSON format (structured mode) and the attributes of binary mode.
 *
 * The wire order is always the following, on one line:
 *   specversion "1.0", id, type, source ("/streams/<stream>"), time (when it was recorded),
 *   datacontenttype "application/json", dataschema ("annal:/schemas/<type>"), sequence (the
 *   position, 20 digits), partitionkey (the stream), streamversion (the version, an integer),
 *   recordedtime,
 * data, and after data, byte for byte, the members of meta. If meta has `source`, `time` or
 * `datacontenttype`, ours is omitted. So the members up to data are ours, and the members after data,
 * in braces, are meta again.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "schema/event.h"
#include "schema/external_event.h"

/* Adds the event as one JSON object on one line, without a newline. */
void cloudevent_write(const struct event *event, struct text *out);

/* Reads an event that cloudevent_write() wrote, when it arrives over the bus. Slices point into `json` or,
 * if bytes had to be assembled (meta, an id with escapes), into `arena`; the hash is not changed.
 * ERR_BAD_REQUEST if `json` is anything else. */
MUST_CHECK enum err cloudevent_read_own(struct slice json, struct arena *arena,
                                        struct event *ret_event, struct error *error);

/* One context attribute, for binary mode. */
typedef void cloudevent_attribute_fn(void *context, const char *name, struct slice value);

/* Calls `each` for every context attribute of the event, with its value as text for binary mode
 * (unescaped). The caller must send datacontenttype as the content type. */
void cloudevent_each_attribute(const struct event *event, cloudevent_attribute_fn *each,
                               void *context);
