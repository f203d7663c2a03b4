/* POST /commands/…: from the path to the desk. Everything that can be known without the state is
 * checked here, so that the desk only decides and appends. */
#include "api/command_endpoint_private.h"
#include "api/desk_call.h"
#include "api/invalid_body.h"
#include "api/json_body.h"
#include "base/id.h"

#define COMMANDS_MOST 64

struct target {
    const struct aggregate *aggregate;
    const struct command_kind *kind;
};

static enum err unknown(struct slice word, const char *what, const char *const *candidates,
                        size_t count, struct error *error)
{
    const char *nearest = text_nearest(word, candidates, count);
    return error_set(error, ERR_NOT_FOUND, "there is no %s \"%.*s\"%s%s%s; GET /commands lists all",
                     what, SLICE(word), nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?)" : "");
}

static enum err unknown_category(struct slice category, struct error *error)
{
    const char *names[COMMANDS_MOST];
    size_t count = 0;
    while (aggregates[count] && count < COMMANDS_MOST) {
        names[count] = aggregates[count]->category;
        count++;
    }
    return unknown(category, "category with commands", names, count, error);
}

static enum err unknown_command(const struct aggregate *aggregate, struct slice command,
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

static enum err find_target(struct slice category, struct slice command, struct target *ret,
                            struct error *error)
{
    ret->aggregate = aggregate_find(category.at);
    if (!ret->aggregate)
        return unknown_category(category, error);
    ret->kind = aggregate_command(ret->aggregate, command.at);
    return ret->kind ? OK : unknown_command(ret->aggregate, command, error);
}

/* False if the data breaks the command's schema; then the request is answered. */
static bool is_valid(struct http_request *request, const struct target *target, const json_t *data)
{
    AUTO(edition) struct edition *edition = edition_of(request);
    const struct catalogue_entry *entry =
        catalogue_command(edition->catalogue, target->aggregate->category, target->kind->name);
    AUTO(schema_faults) struct schema_faults faults = {0};
    if (json_schema_validate(entry->schema, data, &faults))
        return true;
    AUTO(text) struct text what = {0};
    text_printf(&what, "%s %s", target->aggregate->category, target->kind->name);
    invalid_body_answer(request, what.at, "", &faults);
    return false;
}

static enum err send(struct http_request *request, const struct target *target, const char *id,
                     struct error *error)
{
    struct desk_call *call;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = desk_call_begin(request, target->aggregate->category, id, &call, error);
    if (!err)
        err = json_body_read(request, &call->desk_request.data, error);
    if (err)
        return err;
    call->desk_request.aggregate = target->aggregate;
    call->desk_request.kind = target->kind;
    if (is_valid(request, target, call->desk_request.data))
        desk_call_submit(call, command_endpoint_of(request)->options.desk);
    return OK;
}

enum err command_routes_send(struct http_request *request, struct error *error)
{
    struct target target;
    enum err err = find_target(request->parameter[0], request->parameter[2], &target, error);
    return err ? err : send(request, &target, request->parameter[1].at, error);
}

enum err command_routes_send_new(struct http_request *request, struct error *error)
{
    struct target target;
    enum err err = find_target(request->parameter[0], request->parameter[1], &target, error);
    if (err)
        return err;
    char *id = arena_allocate(&request->arena, ID_UUID_BYTES);
    id_make(id);
    return send(request, &target, id, error);
}
