/* What may not change inside a version: whoever wrote an event must still be right, and whoever
 * reads one must still find its fields. Everything else is a new version, or a compatible change: a
 * field more that need not be there, a wider limit, another description.
 */
#pragma once

#include "schema/catalogue/catalogue.h"
#include "schema/json_schema/schema_compare.h"

/* Tells of every incompatible change from `older` to `newer`; how many there are. */
size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *tell, void *context);
