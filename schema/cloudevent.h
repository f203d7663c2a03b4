/* Events as CloudEvents 1.0: JSON format (structured mode) and the parts of binary mode.
 *
 * The wire order, always this and on one line:
 *   specversion "1.0", id, type, source ("/streams/<stream>"), time (when it was recorded),
 *   datacontenttype "application/json", dataschema ("annal:/schemas/<type>"), sequence (the
 *   position, 20 digits), partitionkey (the stream), streamversion (the version, an integer),
 *   recordedtime,
 * data, and behind data, byte for byte, the members of meta. A meta with a `source`, `time` or
 * `datacontenttype` of its own replaces ours, which is then left out. So everything up to data is
 * ours, and what stands behind data, in braces, is meta again.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "schema/event.h"
#include "schema/external_event.h"

/* Adds the event as one JSON object on one line, without a newline. */
void cloudevent_write(const struct event *event, struct text *out);

/* Reads what cloudevent_write() wrote, for events that come back to us over the bus. Slices point
 * into `json` or, where bytes had to be put together (meta, an id with escapes), into `arena`; the
 * hash is left alone. ERR_BAD_REQUEST if it is anything else. */
MUST_CHECK enum err cloudevent_read_own(struct slice json, struct arena *arena,
                                        struct event *ret_event, struct error *error);

/* One context attribute, for binary mode. */
typedef void cloudevent_attribute_fn(void *context, const char *name, struct slice value);

/* Calls `each` for every context attribute of the event, values as the text that stands for them in
 * binary mode (unescaped); datacontenttype has a place of its own there, which is the caller's to
 * know. */
void cloudevent_each_attribute(const struct event *event, cloudevent_attribute_fn *each,
                               void *context);
