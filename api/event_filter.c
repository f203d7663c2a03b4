/* Asked for every event and every client, so nothing is allocated and the cheap goes first. */
#include "api/event_filter.h"

#include "base/id.h"
#include "base/text.h"

enum err event_filter_read(const struct query_string *query, struct event_filter *ret,
                           struct error *error)
{
    const struct slice *type = query_string_value(query, "type");
    const struct slice *category = query_string_value(query, "category");
    *ret = (struct event_filter){.type = type ? *type : slice_of("*")};
    if (category && !id_is_valid(*category))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "category must be 1 to 128 of the characters A-Z a-z 0-9 . _ ~ -");
    if (category)
        ret->category = *category;
    return OK;
}

bool event_filter_matches(const struct event_filter *filter, struct slice type,
                          struct slice category)
{
    return (filter->category.length == 0 || slice_equal(filter->category, category)) &&
           (slice_is(filter->type, "*") || text_matches(type, filter->type));
}
