/* Runs for every event and every client: nothing is allocated, and the cheap test comes first. */
#include "api/event_filter.h"

#include "base/id.h"
#include "base/text.h"

/* A pattern that can match a type: types have the characters of ids. */
static bool is_pattern(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] != '*' && !id_is_valid((struct slice){text.at + i, 1}))
            return false;
    return text.length > 0;
}

enum err event_filter_read(const struct query_string *query, struct event_filter *ret,
                           struct error *error)
{
    const struct slice *type = query_string_value(query, "type");
    const struct slice *category = query_string_value(query, "category");
    *ret = (struct event_filter){.type = type ? *type : slice_of("*")};
    if (!is_pattern(ret->type))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "type: may contain only the characters A-Z a-z 0-9 . _ ~ - and *, which "
                         "matches any sequence of them");
    if (category && !id_is_valid(*category))
        return error_set(error, ERR_INVALID_PARAMETER,
                         "category: must be 1 to 128 of the characters A-Z a-z 0-9 . _ ~ -");
    if (category)
        ret->category = *category;
    return OK;
}

bool event_filter_matches(const struct event_filter *filter, struct slice type,
                          struct slice category)
{
    return (filter->category.length == 0 || slice_equal(filter->category, category)) &&
           (slice_is(filter->type, "*") || slice_matches(type, filter->type));
}
