/* What may not change inside a version: whoever wrote an event must still be right, and whoever
 * reads one must still find its fields. Everything else is a new version, or a compatible change: a
 * field more that need not be there, a wider limit, another description.
 */
#pragma once

#include "schema/catalogue.h"

struct schema_change {
    const char *name;    /* of the event type or command */
    const char *pointer; /* of the field: "/shipTo/city", "/items/" and a star for each element;
                            "" is the whole */
    const char *rule;    /* that it breaks */
};

typedef void schema_change_fn(void *context, const struct schema_change *change);

/* Tells of every incompatible change from `older` to `newer`; how many there are. Schemas that
 * combine others (anyOf, not, …) are compatible only if they are the same. */
size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *tell, void *context);
