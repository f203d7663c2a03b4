/* POST /streams/{category}/{id}: external events, as CloudEvents (batch, structured or
 * binary mode). All are appended or none. */
#include "api/cloudevent_body.h"
#include "api/command_context.h"
#include "api/desk_call.h"
#include "api/invalid_body.h"
#include "http/idempotency_key.h"

#include <stdio.h>

/* Only commands may write events of a category that has commands. */
static enum err check_category(const struct aggregate *const *aggregates, const char *category,
                               struct error *error)
{
    const struct aggregate *aggregate = aggregate_find(aggregates, category);
    AUTO(text) struct text commands = {0};
    if (strcmp(category, "saga") == 0)
        return error_set(error, ERR_REFUSED,
                         "category \"saga\" is reserved for sagas; use another category");
    if (!aggregate)
        return OK;
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++)
        text_printf(&commands, "%s%s", commands.length ? ", " : "", kind->name);
    return error_set(error, ERR_REFUSED,
                     "only commands may write events of category \"%s\"; send one to "
                     "/commands/%s/{id}/{command}: %s",
                     category, category, commands.at);
}

/* Consumers select events by type, not by stream: clients must not append a type that commands decide. */
static enum err check_owner(const struct aggregate *const *aggregates, const char *type,
                            struct error *error)
{
    const struct aggregate *aggregate = aggregate_of_event(aggregates, slice_of(type));
    if (strncmp(type, "saga.", 5) == 0)
        return error_set(error, ERR_REFUSED,
                         "event types saga.* are reserved for sagas; use another event type");
    if (!aggregate)
        return OK;
    return error_set(error, ERR_REFUSED, "only commands of %s may write %s; use another event type",
                     aggregate->category, type);
}

static enum err find_type(const struct catalogue *catalogue, const char *type,
                          const struct catalogue_entry **ret, struct error *error)
{
    *ret = catalogue_event(catalogue, slice_of(type));
    if (*ret)
        return OK;
    const char *nearest = catalogue_nearest_event(catalogue, slice_of(type));
    return error_set(
        error, ERR_NOT_FOUND, "unknown event type \"%s\"%s%s%s; GET /schemas lists all", type,
        nearest ? " (did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?)" : "");
}

/* The JSON Pointer of an event's data in the body: binary "", structured /data, batch /<n>/data. */
static void write_prefix(enum cloudevent_mode mode, size_t index, char out[32])
{
    if (mode == CLOUDEVENT_BATCH)
        snprintf(out, 32, "/%zu/data", index);
    else
        snprintf(out, 32, "%s", mode == CLOUDEVENT_STRUCTURED ? "/data" : "");
}

/* *ret_valid is false if an event's data breaks its schema; then the request is answered. */
static enum err check_events(struct http_request *request, const struct cloudevent_body *body,
                             bool *ret_valid, struct error *error)
{
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    *ret_valid = true;
    for (size_t i = 0; i < body->count && *ret_valid; i++) {
        const struct catalogue_entry *entry;
        enum err err = find_type(view->catalogue, body->events[i].type, &entry, error);
        if (!err)
            err = check_owner(command_endpoint_of(request)->options.aggregates,
                              body->events[i].type, error);
        if (err)
            return err;
        AUTO(schema_faults) struct schema_faults faults = {0};
        char prefix[32];
        write_prefix(body->mode, i, prefix);
        *ret_valid = json_schema_validate(entry->schema, body->events[i].data_json, &faults);
        if (!*ret_valid)
            invalid_body_answer(request, entry->name, prefix, &faults);
    }
    return OK;
}

/* In binary mode the attributes are headers: they belong to the message that a key identifies. */
static void fingerprint_binary(const struct http_request *request, struct desk_call *call)
{
    const struct external_event *event = &call->external.events[0];
    AUTO(text) struct text message = {0};
    text_printf(&message, "%s\n%s\n%s\n", event->id, event->source, event->type);
    text_add_slice(&message, text_slice(&request->body));
    idempotency_key_fingerprint(request->method, request->path, text_slice(&message),
                                call->desk_request.fingerprint);
}

enum err append_routes_append(struct http_request *request, struct error *error)
{
    struct desk_call *call;
    bool valid = false;
    const char *category = request->parameter[0].at;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = check_category(command_endpoint_of(request)->options.aggregates, category, error);
    if (!err)
        err = desk_call_begin(request, category, request->parameter[1].at, &call, error);
    if (!err)
        err = cloudevent_body_read(request, &call->external, error);
    if (!err)
        err = check_events(request, &call->external, &valid, error);
    if (err || !valid)
        return err;
    if (call->external.mode == CLOUDEVENT_BINARY && call->desk_request.idempotency_key[0])
        fingerprint_binary(request, call);
    call->desk_request.externals = call->external.events;
    call->desk_request.external_count = call->external.count;
    desk_call_submit(call, command_endpoint_of(request)->options.desk);
    return OK;
}
