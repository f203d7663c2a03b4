/* The types of JSON Schema: their names, words for messages, and the types of a value. */
#include "schema/json_schema/json_value.h"
#include "schema/json_schema/schema_node.h"

static const struct {
    unsigned bit;
    const char *name, *words;
} types[] = {
    {SCHEMA_OBJECT, "object", "an object"}, {SCHEMA_ARRAY, "array", "an array"},
    {SCHEMA_STRING, "string", "a string"},  {SCHEMA_INTEGER, "integer", "an integer"},
    {SCHEMA_NUMBER, "number", "a number"},  {SCHEMA_BOOLEAN, "boolean", "true or false"},
    {SCHEMA_NULL, "null", "null"},
};

#define TYPE_COUNT (sizeof types / sizeof *types)

unsigned schema_type_find(const char *name)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].bit;
    return 0;
}

void schema_type_describe(unsigned wanted, struct text *out)
{
    bool first = true;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (!(wanted & types[i].bit))
            continue;
        text_add(out, first ? "" : " or ");
        text_add(out, types[i].words);
        first = false;
    }
}

unsigned schema_type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return SCHEMA_OBJECT;
    case JSON_ARRAY:
        return SCHEMA_ARRAY;
    case JSON_STRING:
        return SCHEMA_STRING;
    case JSON_INTEGER:
        return SCHEMA_INTEGER | SCHEMA_NUMBER;
    case JSON_REAL:
        return json_value_is_integer(value) ? SCHEMA_INTEGER | SCHEMA_NUMBER : SCHEMA_NUMBER;
    case JSON_NULL:
        return SCHEMA_NULL;
    default:
        return SCHEMA_BOOLEAN;
    }
}
