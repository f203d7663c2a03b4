#include "api/command_target.h"

#define COMMANDS_MOST 64

static enum err unknown(const char *word, const char *what, const char *const *candidates,
                        size_t count, struct error *error)
{
    const char *nearest = slice_nearest(slice_of(word), candidates, count);
    return error_set(error, ERR_NOT_FOUND, "unknown %s \"%s\"%s%s%s; GET /commands lists all", what,
                     word, nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?)" : "");
}

static enum err unknown_category(const struct aggregate *const *aggregates, const char *category,
                                 struct error *error)
{
    const char *names[COMMANDS_MOST];
    size_t count = 0;
    while (aggregates[count] && count < COMMANDS_MOST) {
        names[count] = aggregates[count]->category;
        count++;
    }
    return unknown(category, "category with commands", names, count, error);
}

static enum err unknown_command(const struct aggregate *aggregate, const char *command,
                                struct error *error)
{
    const char *names[COMMANDS_MOST];
    size_t count = 0;
    while (aggregate->commands[count].name && count < COMMANDS_MOST) {
        names[count] = aggregate->commands[count].name;
        count++;
    }
    enum err err = unknown(command, "command", names, count, error);
    return error_add_context(error, err, "%s", aggregate->category);
}

enum err command_target_find(const struct aggregate *const *aggregates, const char *category,
                             const char *command, struct command_target *ret_target,
                             struct error *error)
{
    ret_target->aggregate = aggregate_find(aggregates, category);
    if (!ret_target->aggregate)
        return unknown_category(aggregates, category, error);
    ret_target->kind = aggregate_command(ret_target->aggregate, command);
    return ret_target->kind ? OK : unknown_command(ret_target->aggregate, command, error);
}

bool command_target_validate(const struct command_target *target, const struct catalogue *catalogue,
                             const json_t *data, struct schema_faults *faults)
{
    const struct catalogue_entry *entry =
        catalogue_command(catalogue, target->aggregate->category, target->kind->name);
    return json_schema_validate(entry->schema, data, faults);
}

void command_target_write(const struct command_target *target, struct text *out)
{
    text_printf(out, "%s %s", target->aggregate->category, target->kind->name);
}
