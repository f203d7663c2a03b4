/* Adds path, body and example for each command, and the data of each event type for events. */
#include "api/openapi_component.h"
#include "api/openapi_expand.h"
#include "api/operation.h"
#include "http/http_answer.h"
#include "write_model/aggregate.h"

static json_t *make_body(struct openapi *openapi, const struct catalogue_entry *entry)
{
    bool required = json_array_size(json_object_get(entry->json, "required")) > 0;
    json_t *media = json_pack("{s:o}", "schema", openapi_component_add_schema(openapi, entry));
    json_t *example = json_array_get(json_object_get(entry->json, "examples"), 0);
    if (example)
        json_object_set(media, "example", example);
    return json_pack("{s:b, s:{s:o}}", "required", required, "content", HTTP_JSON, media);
}

static json_t *list_events(const struct command_kind *kind)
{
    json_t *events = json_array();
    for (size_t i = 0; kind->events[i]; i++)
        json_array_append_new(events, json_string(kind->events[i]));
    return events;
}

static void add_command(struct openapi *openapi, const struct route *route,
                        const struct aggregate *aggregate, const struct command_kind *kind,
                        const char *path, const char *id)
{
    const struct catalogue_entry *entry =
        catalogue_command(openapi->subject->catalogue, aggregate->category, kind->name);
    const char *description = json_string_or(entry->json, "description", NULL);
    json_t *operation = openapi_add(openapi, route, path, id);
    json_object_set_new(operation, "summary", json_string(kind->summary));
    if (description)
        json_object_set_new(operation, "description", json_string(description));
    json_object_set_new(operation, "tags", json_pack("[s]", aggregate->category));
    json_object_set_new(operation, "requestBody", make_body(openapi, entry));
    json_object_set_new(operation, "x-events", list_events(kind));
}

/* Adds a path for each command: `place` is the part of the path with the id, `suffix` ends the
 * operationId. */
static void expand(struct openapi *openapi, const struct route *route, const char *place,
                   const char *suffix)
{
    const struct aggregate *const *aggregates = openapi->subject->aggregates;
    json_t *tags = json_object_get(openapi->document, "tags");
    for (size_t i = 0; aggregates[i]; i++) {
        if (!suffix[0])
            json_array_append_new(tags, json_pack("{s:s, s:s+}", "name", aggregates[i]->category,
                                                  "description", "Commands of the category ",
                                                  aggregates[i]->category));
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++) {
            AUTO(text) struct text path = {0}, id = {0};
            text_printf(&path, "/commands/%s%s/%s", aggregates[i]->category, place, kind->name);
            text_printf(&id, "%s.%s%s", aggregates[i]->category, kind->name, suffix);
            add_command(openapi, route, aggregates[i], kind, path.at, id.at);
        }
    }
}

void openapi_command_expand(struct openapi *openapi, const struct route *route)
{
    expand(openapi, route, "/{id}", "");
}

void openapi_command_expand_new(struct openapi *openapi, const struct route *route)
{
    expand(openapi, route, "", ".new");
}

void openapi_event_expand(struct openapi *openapi, const struct route *route)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(openapi->subject->catalogue, &count);
    json_t *schemas = json_object_get(openapi->components, "schemas");
    json_t *kinds = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(kinds, json_pack("{s:{s:{s:s}, s:o}}", "properties", "type", "const",
                                               events[i].name, "data",
                                               openapi_component_add_schema(openapi, &events[i])));
    if (count)
        json_object_set(json_object_get(schemas, "Event"), "anyOf", kinds);
    json_decref(kinds);
    openapi_example_set(openapi);
    openapi_add(openapi, route, route->pattern, route->operation->id);
}
