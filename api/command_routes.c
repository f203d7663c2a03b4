/* POST /commands/…: from the path to the desk. Everything that does not depend on the state is checked
 * here, so that the desk only decides and appends. */
#include "api/command_context.h"
#include "api/command_target.h"
#include "api/desk_call.h"
#include "api/invalid_body.h"
#include "base/id.h"
#include "http/json_body.h"

/* False if the data breaks the command's schema; then the request is answered. */
static bool is_valid(struct http_request *request, const struct command_target *target,
                     const json_t *data)
{
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    AUTO(schema_faults) struct schema_faults faults = {0};
    AUTO(text) struct text what = {0};
    if (command_target_validate(target, view->catalogue, data, &faults))
        return true;
    command_target_write(target, &what);
    invalid_body_answer(request, what.at, "", &faults);
    return false;
}

static enum err send(struct http_request *request, const struct command_target *target,
                     const char *id, struct error *error)
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
    struct command_target target;
    enum err err =
        command_target_find(command_endpoint_of(request)->options.aggregates,
                            request->parameter[0].at, request->parameter[2].at, &target, error);
    return err ? err : send(request, &target, request->parameter[1].at, error);
}

enum err command_routes_send_new(struct http_request *request, struct error *error)
{
    struct command_target target;
    enum err err =
        command_target_find(command_endpoint_of(request)->options.aggregates,
                            request->parameter[0].at, request->parameter[1].at, &target, error);
    if (err)
        return err;
    char *id = arena_allocate(&request->arena, ID_UUID_BYTES);
    id_make(id);
    return send(request, &target, id, error);
}
