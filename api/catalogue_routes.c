/* GET /commands, /schemas, /schemas/{type}: what can be sent and what can happen. The lists never
 * change, so they are written once. */
#include "api/command_endpoint_private.h"
#include "api/http_answer.h"

#define HTTP_SCHEMA "application/schema+json"

static void write_events(const char *const *events, struct text *out)
{
    for (size_t i = 0; events[i]; i++)
        text_printf(out, "%s\"%s\"", i ? "," : "", events[i]);
}

static void write_command(const struct aggregate *aggregate, const struct command_kind *kind,
                          struct text *out)
{
    text_printf(out,
                "{\"category\":\"%s\",\"command\":\"%s\",\"path\":\"/commands/%s/{id}/%s\","
                "\"schema\":\"/schemas/%s.%s\",\"summary\":",
                aggregate->category, kind->name, aggregate->category, kind->name,
                aggregate->category, kind->name);
    text_add_json_string(out, slice_of(kind->summary));
    text_add(out, ",\"events\":[");
    write_events(kind->events, out);
    text_add(out, "]}");
}

void catalogue_routes_write_commands(struct text *out)
{
    bool first = true;
    text_add(out, "{\"commands\":[");
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++) {
            if (!first)
                text_add_char(out, ',');
            first = false;
            write_command(aggregates[i], kind, out);
        }
    text_add(out, "]}");
}

void catalogue_routes_write_schemas(const struct catalogue *catalogue, struct text *out)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    text_add(out, "{\"events\":[");
    for (size_t i = 0; i < count; i++)
        text_printf(out, "%s{\"type\":\"%s\",\"schema\":\"/schemas/%s\"}", i ? "," : "",
                    events[i].name, events[i].name);
    text_add(out, "],\"commands\":[");
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++)
            text_printf(out, "%s{\"command\":\"%s.%s\",\"schema\":\"/schemas/%s.%s\"}",
                        i || kind != aggregates[i]->commands ? "," : "", aggregates[i]->category,
                        kind->name, aggregates[i]->category, kind->name);
    text_add(out, "]}");
}

static enum err answer_text(struct http_request *request, struct slice text,
                            const char *content_type)
{
    text_add_slice(&request->answer.body, text);
    http_answer(request, 200, content_type);
    return OK;
}

enum err catalogue_routes_commands(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    return err ? err
               : answer_text(request, text_slice(&command_endpoint_of(request)->commands),
                             HTTP_JSON);
}

enum err catalogue_routes_schemas(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    return err ? err
               : answer_text(request, text_slice(&command_endpoint_of(request)->schemas),
                             HTTP_JSON);
}

/* "order.create" → order, create. */
static const struct catalogue_entry *
find_command(struct http_request *request, const struct catalogue *catalogue, struct slice name)
{
    const char *dot = memchr(name.at, '.', name.length);
    if (!dot)
        return NULL;
    struct slice category = {name.at, (size_t)(dot - name.at)};
    return catalogue_command(catalogue, http_request_string(request, category), dot + 1);
}

enum err catalogue_routes_schema(struct http_request *request, struct error *error)
{
    const struct catalogue *catalogue = command_endpoint_of(request)->options.catalogue;
    struct slice name = request->parameter[0];
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    const struct catalogue_entry *entry = catalogue_event(catalogue, name);
    if (!entry)
        entry = find_command(request, catalogue, name);
    if (entry)
        return answer_text(request, entry->text, HTTP_SCHEMA);
    const char *nearest = catalogue_nearest_event(catalogue, name);
    return error_set(error, ERR_NOT_FOUND,
                     "there is no event type or command \"%s\"%s%s%s; GET /schemas lists all",
                     name.at, nearest ? " (did you mean \"" : "", nearest ? nearest : "",
                     nearest ? "\"?)" : "");
}
