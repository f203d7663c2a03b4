/* Everything about one event type or command as JSON: its schema, its versions and upcaster, the commands
 * that cause it and the consumers that read it. catalogue_page.c shows the same as a page.
 *
 * An event:  name, kind, title, description, schema, examples; versions; readAs; upcaster;
 *            producers: [{command}]; consumers: [{model, field, line}, {saga}], field being
 *            null if it handles the type and reads none of its data.
 * A command: name, kind, title, description, schema, examples; path; events.
 */
#pragma once

#include "read_model/definition/consumers.h"
#include "write_model/aggregate.h"

/* `consumers` is NULL if they are not known. The caller owns the result. */
json_t *entry_json_make(const struct aggregate *const *aggregates,
                        const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        const struct consumers *consumers);
