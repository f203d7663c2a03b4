/* Builds the document as jansson values, because parts are merged and copied, and writes it once. */
#include "api/openapi.h"

#include "api/openapi_component.h"
#include "base/embedded.h"

#include <ctype.h>
#include <stdio.h>

extern const struct embedded_file api_files[];

/* The next of the names separated by spaces; empty at the end. */
static struct slice take_name(const char **names)
{
    const char *at = *names ? *names + strspn(*names, " ") : "";
    struct slice name = {at, strcspn(at, " ")};
    *names = at + name.length;
    return name;
}

json_t *openapi_template(const struct openapi *openapi, const char *name)
{
    json_t *copy = json_deep_copy(json_object_get(openapi->templates, name));
    REQUIRE(copy);
    return copy;
}

static const json_t *find_parameter(const struct openapi *openapi, struct slice key)
{
    const json_t *all = json_object_get(openapi->components, "parameters");
    const json_t *parameter = json_object_getn(all, key.at, key.length);
    REQUIRE(parameter); /* api/openapi/ has every name of the table */
    return parameter;
}

static void add_parameter(const struct openapi *openapi, json_t *list, struct slice key)
{
    char name[64];
    (void)find_parameter(openapi, key);
    snprintf(name, sizeof name, "%.*s", SLICE(key));
    json_array_append_new(list, openapi_component_refer("parameters", name));
}

/* True if the operation lists its own parameter for this part of the path. */
static bool is_replaced(const struct openapi *openapi, const char *names, struct slice place)
{
    for (struct slice key; (key = take_name(&names)).length;) {
        const json_t *parameter = find_parameter(openapi, key);
        if (strcmp(json_string_or(parameter, "in", ""), "path") == 0 &&
            slice_is(place, json_string_or(parameter, "name", "")))
            return true;
    }
    return false;
}

/* Adds only {names} that are components: an expanded route adds the others itself. */
static void add_parameters(const struct openapi *openapi, const struct operation *operation,
                           const char *path, json_t *list)
{
    const json_t *known = json_object_get(openapi->components, "parameters");
    for (const char *at = path; (at = strchr(at, '{')) != NULL; at++) {
        struct slice place = {at + 1, strcspn(at + 1, "}")};
        if (json_object_getn(known, place.at, place.length) &&
            !is_replaced(openapi, operation->parameters, place))
            add_parameter(openapi, list, place);
    }
    const char *names = operation->parameters;
    for (struct slice key; (key = take_name(&names)).length;)
        add_parameter(openapi, list, key);
}

static void add_answers(const struct operation *operation, json_t *responses)
{
    const char *names = operation->answers;
    for (struct slice answer; (answer = take_name(&names)).length;) {
        char status[4], name[64];
        REQUIRE(answer.length > 4 && answer.at[3] == ':');
        snprintf(status, sizeof status, "%.3s", answer.at);
        snprintf(name, sizeof name, "%.*s", (int)answer.length - 4, answer.at + 4);
        json_object_set_new(responses, status, openapi_component_refer("responses", name));
    }
}

/* The path item's operation of the route's method. */
static json_t *place_operation(struct openapi *openapi, const struct route *route, const char *path)
{
    char method[8] = "";
    for (size_t i = 0; route->method[i] && i < sizeof method - 1; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    if (!json_object_get(openapi->paths, path))
        json_object_set_new(openapi->paths, path, json_object());
    json_t *operation = json_object();
    json_object_set_new(json_object_get(openapi->paths, path), method, operation);
    return operation;
}

json_t *openapi_add(struct openapi *openapi, const struct route *route, const char *path,
                    const char *id)
{
    const struct operation *operation = route->operation;
    json_t *json = place_operation(openapi, route, path);
    json_t *parameters = json_array(), *responses = json_object();
    json_object_set_new(json, "operationId", json_string(id));
    json_object_set_new(json, "summary", json_string(route->summary));
    json_object_set_new(json, "tags", json_pack("[s]", operation->tag));
    json_object_set_new(json, "x-route", json_string(route->pattern));
    json_object_set_new(json, "parameters", parameters);
    add_parameters(openapi, operation, path, parameters);
    if (operation->body)
        json_object_set_new(json, "requestBody",
                            openapi_component_refer("requestBodies", operation->body));
    json_object_set_new(json, "responses", responses);
    add_answers(operation, responses);
    json_object_set_new(responses, "431", openapi_component_refer("responses", "HeadersTooLarge"));
    openapi_component_add_problems(openapi, operation->problems, responses);
    return json;
}

static void read_part(const char *file, json_t **ret_json)
{
    struct error error;
    enum err err = json_read(embedded_text(api_files, file), ret_json, &error);
    REQUIRE(err == OK);
}

static void begin(struct openapi *openapi, const char *file)
{
    AUTO(json) json_t *part = NULL;
    read_part("shared.json", &openapi->document);
    read_part(file, &part);
    openapi->last_tags = json_incref(json_object_get(openapi->document, "lastTags"));
    json_object_del(openapi->document, "lastTags");
    json_object_set_new(openapi->document, "paths", json_object());
    json_object_set_new(json_object_get(openapi->document, "info"), "version",
                        json_string(ANNAL_VERSION));
    openapi->templates = json_incref(json_object_get(part, "templates"));
    json_object_del(part, "templates");
    json_object_update_recursive(openapi->document, part);
    openapi->paths = json_object_get(openapi->document, "paths");
    openapi->components = json_object_get(openapi->document, "components");
}

void openapi_write(const struct route *routes, const char *part,
                   const struct openapi_subject *subject, struct text *out)
{
    struct openapi openapi = {.subject = subject};
    begin(&openapi, part);
    for (; routes->method; routes++) {
        if (!routes->operation)
            continue;
        if (routes->operation->expand)
            routes->operation->expand(&openapi, routes);
        else
            openapi_add(&openapi, routes, routes->pattern, routes->operation->id);
    }
    json_array_extend(json_object_get(openapi.document, "tags"), openapi.last_tags);
    json_decref(openapi.last_tags);
    json_write(openapi.document, out);
    json_decref(openapi.templates);
    json_decref(openapi.document);
}
