/* Finds the fields of the event's data that a statement reads, as far as its text shows them, and
 * looks them up in the event's schema. */
#pragma once

#include "read_model/model_private.h"

/* ERR_DEFINITION: a field the schema does not have, with the nearest name it has. Seen are
 * `:data ->> 'a'`, chains of it, paths ('$.a.b[0]'), json_extract, json_array_length, json_type,
 * json_each and json_tree of :data, and `value ->> 'a'` of a statement with a single json_each. */
MUST_CHECK enum err event_fields_check(const struct model *model,
                                       const struct model_statement *statement,
                                       const struct catalogue_entry *entry, struct error *error);
