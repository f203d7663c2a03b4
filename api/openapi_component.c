#include "api/openapi_component.h"

#include "http/http_answer.h"

#include <stdio.h>

json_t *openapi_component_refer(const char *kind, const char *name)
{
    json_t *reference = json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
    REQUIRE(reference);
    return reference;
}

/* --- problems: one component for each set that shares a status, named after its slugs ----------- */

static bool has(problem_set set, enum err code)
{
    return set & (UINT64_C(1) << code);
}

/* Of the set, the problems with this status. */
static problem_set with_status(problem_set set, int status)
{
    problem_set found = 0;
    for (enum err code = 1; code <= ERR_INTERNAL; code++)
        if (has(set, code) && error_http_status(code) == status)
            found |= UINT64_C(1) << code;
    return found;
}

static void describe(problem_set set, struct text *name, struct text *description, json_t *types)
{
    for (enum err code = 1; code <= ERR_INTERNAL; code++) {
        if (!has(set, code))
            continue;
        text_printf(name, "%s%s", name->length ? "." : "", error_slug(code));
        text_printf(description, "%s%s", description->length ? ". Or: " : "", error_title(code));
        json_array_append_new(types, json_sprintf(PROBLEM_TYPE_PREFIX "%s", error_slug(code)));
    }
}

static void add_headers(const struct openapi *openapi, int status, json_t *response)
{
    char key[4];
    snprintf(key, sizeof key, "%d", status);
    json_t *all = json_object_get(openapi->templates, "problemHeaders");
    json_t *headers = json_object_get(all, key);
    if (headers)
        json_object_set(response, "headers", headers);
}

static json_t *make_response(const struct openapi *openapi, int status, const char *description,
                             json_t *take_types)
{
    json_t *response = json_pack("{s:s, s:{s:{s:{s:[o, {s:{s:{s:o}, s:{s:i}}}]}}}}", "description",
                                 description, "content", HTTP_PROBLEM, "schema", "allOf",
                                 openapi_component_refer("schemas", "Problem"), "properties",
                                 "type", "enum", take_types, "status", "const", status);
    REQUIRE(response);
    add_headers(openapi, status, response);
    return response;
}

static void add_status(struct openapi *openapi, problem_set set, int status, json_t *responses)
{
    AUTO(text) struct text name = {0}, description = {0};
    AUTO(json) json_t *types = json_array();
    json_t *all = json_object_get(openapi->components, "responses");
    char key[4];
    describe(set, &name, &description, types);
    snprintf(key, sizeof key, "%d", status);
    json_object_set_new(responses, key, openapi_component_refer("responses", name.at));
    if (!json_object_get(all, name.at))
        json_object_set_new(all, name.at,
                            make_response(openapi, status, description.at, json_incref(types)));
}

void openapi_component_add_problems(struct openapi *openapi, problem_set problems,
                                    json_t *responses)
{
    for (int status = 400; status < 600; status++) {
        problem_set set = with_status(problems, status);
        if (set)
            add_status(openapi, set, status, responses);
    }
}

/* --- schemas ------------------------------------------------------------------------------------
 *
 * A schema of the catalogue refers to parts of its own document by "#/…". As a component it is part
 * of a larger document, so these references are rewritten; but not those in a schema with an $id,
 * which remains a document of its own, nor data that only looks like a reference. */

static const char *const data_keywords[] = {"const", "enum", "default", "examples", NULL};
static const char *const map_keywords[] = {"properties", "patternProperties", "$defs",
                                           "dependentSchemas", NULL};

static bool is_among(const char *name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void rewrite(json_t *schema, const char *target);

static void rewrite_each(json_t *map, const char *target)
{
    const char *name;
    json_t *member;
    json_object_foreach (map, name, member)
        rewrite(member, target);
}

static void rewrite_reference(json_t *reference, const char *target)
{
    const char *text = json_string_value(reference);
    if (text && (strcmp(text, "#") == 0 || strncmp(text, "#/", 2) == 0)) {
        AUTO(text) struct text rewritten = {0};
        text_printf(&rewritten, "%s%s", target, text + 1);
        json_string_set(reference, rewritten.at);
    }
}

static void rewrite_member(const char *name, json_t *member, const char *target)
{
    if (strcmp(name, "$ref") == 0)
        rewrite_reference(member, target);
    else if (is_among(name, map_keywords))
        rewrite_each(member, target);
    else if (!is_among(name, data_keywords))
        rewrite(member, target);
}

/* Schemas are at most JSON_DEEPEST deep. */
static void rewrite(json_t *schema, const char *target)
{
    const char *name;
    json_t *member;
    size_t i;
    json_array_foreach (schema, i, member)
        rewrite(member, target);
    if (json_object_get(schema, "$id"))
        return;
    json_object_foreach (schema, name, member)
        rewrite_member(name, member, target);
}

/* Names of components have no '~'. */
static void write_name(const char *name, struct text *out)
{
    for (; *name; name++)
        text_add_char(out, *name == '~' ? '_' : *name);
}

json_t *openapi_component_add_schema(struct openapi *openapi, const struct catalogue_entry *entry)
{
    json_t *schemas = json_object_get(openapi->components, "schemas");
    AUTO(text) struct text name = {0}, target = {0};
    write_name(entry->name, &name);
    if (!json_object_get(schemas, name.at)) {
        json_t *copy = json_deep_copy(entry->json);
        REQUIRE(copy);
        text_printf(&target, "#/components/schemas/%s", name.at);
        json_object_del(copy, "$schema"); /* the whole document has one */
        rewrite(copy, target.at);
        json_object_set_new(schemas, name.at, copy);
    }
    return openapi_component_refer("schemas", name.at);
}
