/* Decisions, and the look-ups in the table of aggregates. A decision owns its events' data until it
 * is finished. */
#include "write_model/aggregate.h"

#include "base/array.h"
#include "schema/catalogue/catalogue.h"

#include <string.h>

/* ---- decisions ---- */

void decision_add(struct decision *decision, const char *type, json_t *take_data)
{
    REQUIRE(take_data && decision->count < DECISION_EVENTS_MOST);
    decision->events = array_grow(decision->events, decision->count, &decision->capacity,
                                  sizeof *decision->events);
    decision->events[decision->count++] = (struct decided_event){type, take_data};
}

void decision_finish(struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        json_decref(decision->events[i].data);
    free(decision->events);
    *decision = (struct decision){0};
}

/* A decision that breaks its declarations is a fault of the domain's code. Its events would stay in the log
 * for every reader, so nothing is stored. Checking a valid event allocates nothing
 * (schema/json_schema/json_schema.h). */
static bool is_declared(const struct command_kind *kind, const char *type)
{
    for (const char *const *declared = kind->events; declared && *declared; declared++)
        if (strcmp(*declared, type) == 0)
            return true;
    return false;
}

static enum err refuse_unknown(const struct catalogue *catalogue, const char *type,
                               struct error *error)
{
    const char *nearest = catalogue_nearest_event(catalogue, slice_of(type));
    return error_set(error, ERR_INTERNAL, "the catalogue has no event type %s%s%s%s", type,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static enum err refuse_data(const struct catalogue_entry *entry, const json_t *data,
                            struct error *error)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    (void)json_schema_validate(entry->schema, data, &faults);
    REQUIRE(faults.count > 0);
    return error_set(error, ERR_INTERNAL, "the data breaks the schema of %s at \"%s\": %s",
                     entry->name, faults.fault[0].pointer, faults.fault[0].detail);
}

static enum err check_event(const struct catalogue *catalogue, const struct command_kind *kind,
                            const struct decided_event *event, struct error *error)
{
    const struct catalogue_entry *entry = catalogue_event(catalogue, slice_of(event->type));
    if (!entry)
        return refuse_unknown(catalogue, event->type, error);
    if (!is_declared(kind, event->type))
        return error_set(error, ERR_INTERNAL,
                         "the event type %s is not among the COMMAND_EVENTS of the command",
                         event->type);
    if (json_schema_validate(entry->schema, event->data, NULL))
        return OK;
    return refuse_data(entry, event->data, error);
}

enum err decision_check(const struct decision *decision, const struct command_kind *kind,
                        const struct catalogue *catalogue, struct error *error)
{
    for (size_t i = 0; i < decision->count; i++) {
        enum err err = check_event(catalogue, kind, &decision->events[i], error);
        if (err)
            return error_add_context(error, err, "event %zu of the %zu that it decided", i + 1,
                                     decision->count);
    }
    return OK;
}

/* ---- the table of aggregates ---- */

const struct aggregate *aggregate_find(const struct aggregate *const *table, const char *category)
{
    for (; *table; table++)
        if (strcmp((*table)->category, category) == 0)
            return *table;
    return NULL;
}

static bool causes(const struct aggregate *aggregate, struct slice name)
{
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++)
        for (const char *const *type = kind->events; type && *type; type++)
            if (slice_equal(event_type_name(slice_of(*type)), name))
                return true;
    return false;
}

const struct aggregate *aggregate_of_event(const struct aggregate *const *table, struct slice type)
{
    struct slice name = event_type_name(type);
    for (; *table; table++)
        if (causes(*table, name))
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
