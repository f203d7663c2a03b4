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

const struct aggregate *aggregate_find(const char *category)
{
    for (size_t i = 0; aggregates[i]; i++)
        if (strcmp(aggregates[i]->category, category) == 0)
            return aggregates[i];
    return NULL;
}

const struct command_kind *aggregate_command(const struct aggregate *aggregate, const char *name)
{
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
