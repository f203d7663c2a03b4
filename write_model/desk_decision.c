/* A decision that breaks its declarations is a fault of the domain's code. Its events would stay in
 * the log for ever and break what reads them, so nothing is stored. An event that fits costs no
 * allocation (schema/json_schema/json_schema.h). */
#include "write_model/desk_decision.h"

#include <string.h>

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

enum err desk_decision_check(const struct catalogue *catalogue, const struct command_kind *kind,
                             const struct decision *decision, struct error *error)
{
    for (size_t i = 0; i < decision->count; i++) {
        enum err err = check_event(catalogue, kind, &decision->events[i], error);
        if (err)
            return error_add_context(error, err, "event %zu of the %zu it decided", i + 1,
                                     decision->count);
    }
    return OK;
}
