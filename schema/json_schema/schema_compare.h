/* Two versions of one schema: what the newer refuses or lacks that the older had. */
#pragma once

#include "schema/json_schema/json_schema.h"

struct schema_change {
    const char *name;    /* of the event type or command */
    const char *pointer; /* of the field: "/address/city", "/lines/" and a star for each element;
                            "" is the whole */
    const char *rule;    /* that it breaks */
};

typedef void schema_change_fn(void *context, const struct schema_change *change);

/* Tells of every incompatible change; how many there are. Parts that combine others (anyOf, not, …)
 * are compatible only if they are the same. */
size_t schema_compare(const char *name, const struct json_schema *older,
                      const struct json_schema *newer, schema_change_fn *tell, void *context);
