/* A list of preferences, each with parameters behind ';', which we have no use for. */
#include "http/prefer.h"

#include "http/header_value.h"
#include "http/http_answer.h"

#include <stdio.h>

/* The value of the first preference "wait"; an empty slice at NULL if there is none. */
static struct slice find_wait(struct slice list)
{
    while (list.length) {
        struct slice rest = header_value_take(&list, ',');
        struct slice value = header_value_take(&rest, ';');
        struct slice name = header_value_take(&value, '=');
        if (header_value_is(name, "wait"))
            return header_value_trim(value);
    }
    return (struct slice){NULL, 0};
}

static void strip_quotes(struct slice *value)
{
    if (value->length >= 2 && value->at[0] == '"' && value->at[value->length - 1] == '"')
        *value = (struct slice){value->at + 1, value->length - 2};
}

enum err prefer_read_wait(struct http_request *request, int64_t fallback_seconds,
                          int64_t *ret_seconds, struct error *error)
{
    const char *prefer = http_request_header(request, HTTP_PREFER);
    struct slice value = prefer ? find_wait(slice_of(prefer)) : (struct slice){NULL, 0};
    int64_t seconds;
    *ret_seconds = fallback_seconds;
    if (!value.at)
        return OK;
    strip_quotes(&value);
    if (!slice_read_int(value, &seconds) || seconds < 0)
        return error_set(error, ERR_BAD_REQUEST, "Prefer: wait must be a number of seconds");
    if (seconds > PREFER_WAIT_MOST_SECONDS)
        seconds = PREFER_WAIT_MOST_SECONDS;
    char *applied = arena_allocate(&request->arena, 16);
    snprintf(applied, 16, "wait=%d", (int)seconds);
    http_answer_header(request, "Preference-Applied", applied);
    *ret_seconds = seconds;
    return OK;
}
