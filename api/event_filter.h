/* Which events of the log a client wants: by type and by category. */
#pragma once

#include "api/query_string.h"
#include "schema/event.h"

struct event_filter {
    struct slice type;     /* a pattern, "*" for all */
    struct slice category; /* empty for all */
};

/* From the parameters `type` and `category`; slices live as long as the request.
 * ERR_INVALID_PARAMETER for a category or pattern that nothing can have. */
MUST_CHECK enum err event_filter_read(const struct query_string *query, struct event_filter *ret,
                                      struct error *error);

bool event_filter_matches(const struct event_filter *filter, struct slice type,
                          struct slice category);
