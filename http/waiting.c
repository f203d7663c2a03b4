#include "http/waiting.h"

#include "http/header_value.h"
#include "http/http_answer.h"

#include <stdio.h>

#define TARGET_MOST_BYTES 8192 /* several copies live as long as the request */

/* --- how long --------------------------------------------------------------------------------- */

/* The value of the first preference "wait"; a NULL slice without one. Prefer is a list of
 * preferences, each with parameters after ';', which are ignored. */
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

enum err waiting_read_seconds(struct http_request *request, int64_t fallback_seconds,
                              int64_t *ret_seconds, struct error *error)
{
    const char *prefer = http_request_header(request, HTTP_PREFER);
    struct slice value = prefer ? find_wait(slice_of(prefer)) : (struct slice){NULL, 0};
    int64_t seconds;
    *ret_seconds = fallback_seconds;
    if (!value.at)
        return OK;
    if (value.length >= 2 && value.at[0] == '"' && value.at[value.length - 1] == '"')
        value = (struct slice){value.at + 1, value.length - 2};
    if (!slice_read_int(value, &seconds) || seconds < 0)
        return error_set(error, ERR_BAD_REQUEST, "Prefer: wait must be a number of seconds");
    if (seconds > WAITING_MOST_SECONDS)
        seconds = WAITING_MOST_SECONDS;
    char *applied = arena_allocate(&request->arena, 16);
    snprintf(applied, 16, "wait=%d", (int)seconds);
    http_answer_header(request, "Preference-Applied", applied);
    *ret_seconds = seconds;
    return OK;
}

/* --- how many --------------------------------------------------------------------------------- */

static void give_back_slot(struct http_leaving *leaving)
{
    struct waiting_slots *slots = (struct waiting_slots *)leaving;
    metric_add(slots->metric, -1);
    atomic_fetch_sub(&slots->taken, 1);
}

void waiting_init_slots(struct waiting_slots *slots, unsigned most, unsigned fallback,
                        const char *option, enum metric metric)
{
    slots->leaving.left = give_back_slot;
    slots->most = most ? most : fallback;
    slots->option = option;
    slots->metric = metric_series(metric, "");
    atomic_init(&slots->taken, 0);
}

static bool take_free(struct waiting_slots *slots)
{
    if (atomic_fetch_add(&slots->taken, 1) < slots->most)
        return true;
    atomic_fetch_sub(&slots->taken, 1);
    return false;
}

/* A browser that is refused does not retry. So before refusing, the server looks for clients that
 * have just left. */
enum err waiting_take_slot(struct waiting_slots *slots, struct http_request *request,
                           struct error *error)
{
    if (http_deferral_has_leaving(request))
        return OK;
    if (request->path.length + request->query.length > TARGET_MOST_BYTES)
        return error_set(
            error, ERR_URI_TOO_LONG,
            "the path and query of a request that listens or waits are larger than %d bytes",
            TARGET_MOST_BYTES);
    if (!take_free(slots)) {
        http_deferral_find_left(request);
        if (!take_free(slots))
            return error_set(
                error, ERR_QUEUE_FULL,
                "%u clients already listen, which is the limit (--%s); try again later, "
                "or request the current state without listening or waiting",
                slots->most, slots->option);
    }
    metric_add(slots->metric, 1);
    http_deferral_on_leaving(request, &slots->leaving);
    return OK;
}
