#include "projectors/step_limits.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

struct step_limited {
    int64_t position;
    char *type, *stream;
    char *why;   /* NULL while the event may be tried, and after it is committed */
    int tries;   /* that ran out of memory */
    bool passed; /* a later event of the type was applied */
};

static void finish_one(struct step_limited *limited)
{
    free(limited->type);
    free(limited->stream);
    free(limited->why);
}

void step_limits_finish(struct step_limits *limits)
{
    for (size_t i = 0; i < limits->count; i++)
        finish_one(&limits->at[i]);
    free(limits->at);
    *limits = (struct step_limits){0};
}

const char *step_limits_find(const struct step_limits *limits, int64_t position)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->at[i].position == position)
            return limits->at[i].why;
    return NULL;
}

static bool is_of_type(const struct step_limited *limited, const struct event *event)
{
    return slice_is(event->type, limited->type);
}

static size_t count_in_a_row(const struct step_limits *limits, const struct event *event)
{
    size_t count = 0;
    for (size_t i = 0; i < limits->count; i++)
        count += is_of_type(&limits->at[i], event) && !limits->at[i].passed;
    return count;
}

/* Of the event's type and stream: a stream counts once, however often it is retried. */
static struct step_limited *find_or_add(struct step_limits *limits, const struct event *event)
{
    for (size_t i = 0; i < limits->count; i++)
        if (is_of_type(&limits->at[i], event) && slice_is(event->stream, limits->at[i].stream))
            return &limits->at[i];
    struct step_limited *limited = ARRAY_ADD(limits);
    *limited = (struct step_limited){.passed = true,
                                     .type = strndup(event->type.at, event->type.length),
                                     .stream = strndup(event->stream.at, event->stream.length)};
    REQUIRE(limited->type && limited->stream);
    return limited;
}

enum err step_limits_note(struct step_limits *limits, const struct event *event,
                          const struct error *why, bool asked, struct error *error)
{
    struct step_limited *limited = find_or_add(limits, event);
    if (limited->position != event->position)
        limited->tries = 0;
    limited->position = event->position;
    if (why->code == ERR_NO_MEMORY && ++limited->tries < STEP_LIMITS_TRIES)
        return error_set(error, ERR_STEP_LIMIT, "%s", why->text);
    free(limited->why);
    limited->why = strdup(why->text);
    REQUIRE(limited->why);
    if (!asked)
        limited->passed = false;
    if (asked || count_in_a_row(limits, event) < STEP_LIMITS_IN_A_ROW)
        return error_set(error, ERR_STEP_LIMIT, "%s", why->text);
    return error_set(error, ERR_DEFINITION,
                     "%s, like events of this type in %d other streams before it; correct the "
                     "definition of the model",
                     why->text, STEP_LIMITS_IN_A_ROW - 1);
}

void step_limits_pass(struct step_limits *limits, const struct event *event)
{
    for (size_t i = 0; i < limits->count; i++)
        limits->at[i].passed |=
            limits->at[i].position < event->position && is_of_type(&limits->at[i], event);
}

void step_limits_forget(struct step_limits *limits, int64_t position)
{
    size_t kept = 0;
    for (size_t i = 0; i < limits->count; i++) {
        struct step_limited *limited = &limits->at[i];
        if (limited->position <= position) {
            free(limited->why);
            limited->why = NULL;
        }
        if (limited->why || !limited->passed || limited->position > position)
            limits->at[kept++] = *limited;
        else
            finish_one(limited);
    }
    limits->count = kept;
}
