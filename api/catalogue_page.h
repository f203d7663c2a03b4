/* The catalogue for readers: each event type and command as JSON (entry_json.c), and the same as HTML pages
 * (catalogue_page.c).
 *
 * An event:  name, kind, title, description, schema, examples; versions; readAs; upcaster;
 *            producers: [{command}]; consumers: [{model, field, line}, {saga}], field being
 *            null if it handles the type and reads none of its data.
 * A command: name, kind, title, description, schema, examples; path; events.
 */
#pragma once

#include "base/text.h"
#include "read_model/definition/consumers.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* `consumers` is NULL if they are not known. The caller owns the result. */
json_t *entry_json_make(const struct aggregate *const *aggregates,
                        const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        const struct consumers *consumers);

void catalogue_page_write_list(const struct catalogue *catalogue, struct text *out);

/* The page of one entry: fields, example, the commands that cause it or the events that it causes,
 * consumers, versions, upcaster. */
void catalogue_page_write(const json_t *entry, struct text *out);
