/* Finds the fields of the event's data that a statement reads, as far as its text shows them, and
 * looks them up in the event's schema. */
#pragma once

#include "read_model/definition/model_private.h"

/* A field that a statement reads: its event type, its JSON Pointer ("/items", a star for each
 * element; "" is the whole data) and the line of the file. Valid for the call. Without a pointer:
 * of this type's events the handler in that line reads no field. */
struct event_field {
    const char *type, *pointer;
    int line;
};
typedef void event_field_fn(void *context, const struct event_field *field);

/* ERR_DEFINITION: a field the schema does not have, with the nearest name it has. Seen are
 * `:data ->> 'a'`, chains of it, paths ('$.a.b[0]'), json_extract, json_array_length, json_type,
 * json_each and json_tree of :data, and `value ->> 'a'` of a statement with a single json_each.
 * `found` may be NULL. */
MUST_CHECK enum err event_fields_check(const struct model *model,
                                       const struct model_statement *statement,
                                       const struct catalogue_entry *entry, event_field_fn *found,
                                       void *context, struct error *error);

/* The fields that all handlers of a model read, in the order of its file; one may come more than
 * once. */
MUST_CHECK enum err event_fields_each(const struct model *model, const struct catalogue *catalogue,
                                      event_field_fn *found, void *context, struct error *error);
