/* Finds the fields of the event's data that a statement reads, as far as its text shows them, and
 * checks that the event's schema has them. */
#pragma once

#include "read_model/definition/model_private.h"

/* A field that a statement reads: the event type, the JSON Pointer ("/items"; a star stands for
 * each element; "" is the whole data) and the line of the file. Valid for the call. A NULL pointer:
 * the handler in that line reads no field of the type's events. */
struct event_field {
    const char *type, *pointer;
    int line;
};
typedef void event_field_fn(void *context, const struct event_field *field);

/* ERR_DEFINITION: the schema does not have the field; the message suggests the nearest name.
 * Recognised are `:data ->> 'a'`, chains of it, paths ('$.a.b[0]'), json_extract,
 * json_array_length, json_type, json_each and json_tree of :data, and `value ->> 'a'` in a
 * statement with a single json_each. `found` may be NULL. */
MUST_CHECK enum err event_fields_check(const struct model *model,
                                       const struct model_statement *statement,
                                       const struct catalogue_entry *entry, event_field_fn *found,
                                       void *context, struct error *error);

/* The fields that the handlers of a model read, in the order of its file. A field may be reported
 * more than once. */
MUST_CHECK enum err event_fields_each(const struct model *model, const struct catalogue *catalogue,
                                      event_field_fn *found, void *context, struct error *error);
