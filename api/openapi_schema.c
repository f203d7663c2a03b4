/* A schema of the catalogue refers to places in its own document by "#/…". Here it is a part of a
 * larger one, so these are led on; but not in a schema with an $id, which stays a document of its
 * own, nor in what is data and only looks like a reference. */
#include "api/openapi_schema.h"

#include "api/openapi.h"
#include "api/openapi_reference.h"

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

static void lead(json_t *schema, const char *target);

static void lead_each(json_t *map, const char *target)
{
    const char *name;
    json_t *member;
    json_object_foreach (map, name, member)
        lead(member, target);
}

static void lead_reference(json_t *reference, const char *target)
{
    const char *text = json_string_value(reference);
    if (text && (strcmp(text, "#") == 0 || strncmp(text, "#/", 2) == 0)) {
        AUTO(text) struct text led = {0};
        text_printf(&led, "%s%s", target, text + 1);
        json_string_set(reference, led.at);
    }
}

static void lead_member(const char *name, json_t *member, const char *target)
{
    if (strcmp(name, "$ref") == 0)
        lead_reference(member, target);
    else if (is_among(name, map_keywords))
        lead_each(member, target);
    else if (!is_among(name, data_keywords))
        lead(member, target);
}

/* Schemas are at most JSON_DEEPEST deep. */
static void lead(json_t *schema, const char *target)
{
    const char *name;
    json_t *member;
    size_t i;
    json_array_foreach (schema, i, member)
        lead(member, target);
    if (json_object_get(schema, "$id"))
        return;
    json_object_foreach (schema, name, member)
        lead_member(name, member, target);
}

/* Names of components have no '~'. */
static void write_name(const char *name, struct text *out)
{
    for (; *name; name++)
        text_add_char(out, *name == '~' ? '_' : *name);
}

json_t *openapi_schema_refer(struct openapi *openapi, const struct catalogue_entry *entry)
{
    json_t *schemas = json_object_get(openapi->components, "schemas");
    AUTO(text) struct text name = {0}, target = {0};
    write_name(entry->name, &name);
    if (!json_object_get(schemas, name.at)) {
        json_t *copy = json_deep_copy(entry->json);
        REQUIRE(copy);
        text_printf(&target, "#/components/schemas/%s", name.at);
        json_object_del(copy, "$schema"); /* that of the whole document */
        lead(copy, target.at);
        json_object_set_new(schemas, name.at, copy);
    }
    return openapi_reference_make("schemas", name.at);
}
