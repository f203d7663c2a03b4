/* Decisions, and the look-ups in the table of aggregates. A decision owns its events' data until it
 * is finished. */
#include "write_model/aggregate.h"

#include <string.h>

void decision_add(struct decision *decision, const char *type, json_t *take_data)
{
    REQUIRE(take_data && decision->count < DECISION_EVENTS_MOST);
    if (decision->count == decision->capacity) {
        decision->capacity = decision->capacity ? decision->capacity * 4 : 4;
        decision->events =
            reallocarray(decision->events, decision->capacity, sizeof *decision->events);
        REQUIRE(decision->events);
    }
    decision->events[decision->count++] = (struct decided_event){type, take_data};
}

void decision_finish(struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        json_decref(decision->events[i].data);
    free(decision->events);
    *decision = (struct decision){0};
}

const struct aggregate *aggregate_find(const struct aggregate *const *table, const char *category)
{
    for (; *table; table++)
        if (strcmp((*table)->category, category) == 0)
            return *table;
    return NULL;
}

/* "account.opened.v2" without its version. */
static struct slice without_version(struct slice type)
{
    size_t at = type.length;
    while (at > 0 && type.at[at - 1] >= '0' && type.at[at - 1] <= '9')
        at--;
    bool has_version = at >= 2 && at < type.length && memcmp(type.at + at - 2, ".v", 2) == 0;
    return has_version ? (struct slice){type.at, at - 2} : type;
}

static bool causes(const struct aggregate *aggregate, struct slice stem)
{
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++)
        for (const char *const *type = kind->events; type && *type; type++)
            if (slice_equal(without_version(slice_of(*type)), stem))
                return true;
    return false;
}

const struct aggregate *aggregate_of_event(const struct aggregate *const *table, struct slice type)
{
    struct slice stem = without_version(type);
    for (; *table; table++)
        if (causes(*table, stem))
            return *table;
    return NULL;
}

const struct command_kind *aggregate_command(const struct aggregate *aggregate, const char *name)
{
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

enum err aggregate_error(enum err err, struct error *error)
{
    if (err != ERR_CORRUPT)
        return err;
    if (error)
        error->code = ERR_POISON;
    return ERR_POISON;
}
