/* The table of keywords: each with the function that reads it and the field that it is read into. A
 * keyword that is not in the table is rejected by name: a rule that is not checked must not look as
 * if it were. */
#include "base/array.h"
#include "schema/json_schema/schema_compiler.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"

enum err schema_keyword_read_pattern(struct schema_compiler *compiler, const char *keyword,
                                     const char *text, struct pattern **ret_pattern)
{
    enum err err = pattern_compile(text, ret_pattern, compiler->error);
    if (err)
        return error_add_context(compiler->error, err, "at \"%.300s\": keyword \"%s\"",
                                 text_slice(&compiler->pointer).at, keyword);
    *ARRAY_ADD(&compiler->schema->patterns) = *ret_pattern;
    return OK;
}

static enum err read_pattern(struct schema_compiler *compiler, const char *keyword,
                             const json_t *value, void *field)
{
    if (!json_is_string(value))
        return schema_compile_refuse(compiler, keyword, "must be a string");
    return schema_keyword_read_pattern(compiler, keyword, json_string_value(value), field);
}

static enum err read_type(struct schema_compiler *compiler, const char *keyword,
                          const json_t *value, void *field)
{
    unsigned *types = field;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : value;
        unsigned bit = json_is_string(name) ? schema_type_find(json_string_value(name)) : 0;
        if (bit == 0 || (*types & bit))
            return schema_compile_refuse(
                compiler, keyword,
                "must be one or different ones of object, array, string, integer, "
                "number, boolean and null");
        *types |= bit;
    }
    return count ? OK : schema_compile_refuse(compiler, keyword, "must not be empty");
}

static enum err read_enumeration(struct schema_compiler *compiler, const char *keyword,
                                 const json_t *value, void *field)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return schema_compile_refuse(compiler, keyword, "must be an array that is not empty");
    *(const json_t **)field = value;
    return OK;
}

static enum err read_value(struct schema_compiler *compiler, const char *keyword,
                           const json_t *value, void *field)
{
    (void)compiler, (void)keyword;
    *(const json_t **)field = value;
    return OK;
}

static enum err read_number(struct schema_compiler *compiler, const char *keyword,
                            const json_t *value, void *field)
{
    if (!json_is_number(value))
        return schema_compile_refuse(compiler, keyword, "must be a number");
    return read_value(compiler, keyword, value, field);
}

static enum err read_divisor(struct schema_compiler *compiler, const char *keyword,
                             const json_t *value, void *field)
{
    if (!json_is_number(value) || json_number_value(value) <= 0)
        return schema_compile_refuse(compiler, keyword, "must be a number above 0");
    return read_value(compiler, keyword, value, field);
}

static enum err read_count(struct schema_compiler *compiler, const char *keyword,
                           const json_t *value, void *field)
{
    double count = json_is_number(value) ? json_number_value(value) : -1;
    if (count < 0 || count > 1e15 || count != (double)(size_t)count)
        return schema_compile_refuse(compiler, keyword, "must be an integer of at least 0");
    *(size_t *)field = (size_t)count;
    return OK;
}

static enum err read_flag(struct schema_compiler *compiler, const char *keyword,
                          const json_t *value, void *field)
{
    if (!json_is_boolean(value))
        return schema_compile_refuse(compiler, keyword, "must be true or false");
    *(bool *)field = json_is_true(value);
    return OK;
}

static enum err read_format(struct schema_compiler *compiler, const char *keyword,
                            const json_t *value, void *field)
{
    enum format format =
        json_is_string(value) ? format_find(json_string_value(value)) : FORMAT_NONE;
    if (format == FORMAT_NONE)
        return schema_compile_refuse(compiler, keyword,
                                     "must be date-time, date, uuid, email or uri");
    *(enum format *)field = format;
    return OK;
}

static enum err check_names(struct schema_compiler *compiler, const char *keyword,
                            const json_t *value)
{
    if (!json_is_array(value))
        return schema_compile_refuse(compiler, keyword, "must be an array of names");
    for (size_t i = 0; i < json_array_size(value); i++) {
        bool good = json_is_string(json_array_get(value, i));
        for (size_t j = 0; j < i && good; j++)
            good = !json_equal(json_array_get(value, i), json_array_get(value, j));
        if (!good)
            return schema_compile_refuse(compiler, keyword, "must be an array of different names");
    }
    return OK;
}

static enum err read_required(struct schema_compiler *compiler, const char *keyword,
                              const json_t *value, void *field)
{
    enum err err = check_names(compiler, keyword, value);
    return err ? err : read_value(compiler, keyword, value, field);
}

static enum err read_dependent_required(struct schema_compiler *compiler, const char *keyword,
                                        const json_t *value, void *field)
{
    if (!json_is_object(value))
        return schema_compile_refuse(compiler, keyword, "must be an object of arrays of names");
    const char *name;
    json_t *names;
    json_object_foreach ((json_t *)value, name, names) {
        enum err err = check_names(compiler, keyword, names);
        if (err)
            return err;
    }
    return read_value(compiler, keyword, value, field);
}

static enum err read_draft(struct schema_compiler *compiler, const char *keyword,
                           const json_t *value, void *field)
{
    (void)field;
    struct slice draft = slice_of(json_string_value(value));
    if (!slice_is(draft, DRAFT) && !slice_is(draft, DRAFT "#"))
        return schema_compile_refuse(compiler, keyword, "must be \"" DRAFT "\"");
    return OK;
}

static enum err read_annotation(struct schema_compiler *compiler, const char *keyword,
                                const json_t *value, void *field)
{
    (void)compiler, (void)keyword, (void)value, (void)field;
    return OK;
}

#define FIELD(member) offsetof(struct schema_node, member)

static const struct schema_keyword keywords[] = {
    {"type", read_type, FIELD(types)},
    {"enum", read_enumeration, FIELD(enumeration)},
    {"const", read_value, FIELD(constant)},
    {"minimum", read_number, FIELD(minimum)},
    {"maximum", read_number, FIELD(maximum)},
    {"exclusiveMinimum", read_number, FIELD(exclusive_minimum)},
    {"exclusiveMaximum", read_number, FIELD(exclusive_maximum)},
    {"multipleOf", read_divisor, FIELD(multiple_of)},
    {"minLength", read_count, FIELD(characters.least)},
    {"maxLength", read_count, FIELD(characters.most)},
    {"pattern", read_pattern, FIELD(pattern)},
    {"format", read_format, FIELD(format)},
    {"minItems", read_count, FIELD(item_count.least)},
    {"maxItems", read_count, FIELD(item_count.most)},
    {"uniqueItems", read_flag, FIELD(unique_items)},
    {"prefixItems", schema_applicator_read_list, FIELD(prefix_items)},
    {"items", schema_applicator_read_one, FIELD(items)},
    {"contains", schema_applicator_read_one, FIELD(contains)},
    {"minContains", read_count, FIELD(contains_count.least)},
    {"maxContains", read_count, FIELD(contains_count.most)},
    {"minProperties", read_count, FIELD(member_count.least)},
    {"maxProperties", read_count, FIELD(member_count.most)},
    {"properties", schema_applicator_read_map, FIELD(properties)},
    {"patternProperties", schema_applicator_read_pattern_map, FIELD(pattern_properties)},
    {"additionalProperties", schema_applicator_read_one, FIELD(additional_properties)},
    {"required", read_required, FIELD(required)},
    {"dependentRequired", read_dependent_required, FIELD(dependent_required)},
    {"dependentSchemas", schema_applicator_read_map, FIELD(dependent_schemas)},
    {"propertyNames", schema_applicator_read_one, FIELD(property_names)},
    {"allOf", schema_applicator_read_list, FIELD(all_of)},
    {"anyOf", schema_applicator_read_list, FIELD(any_of)},
    {"oneOf", schema_applicator_read_list, FIELD(one_of)},
    {"not", schema_applicator_read_one, FIELD(negation)},
    {"if", schema_applicator_read_one, FIELD(condition)},
    {"then", schema_applicator_read_one, FIELD(consequence)},
    {"else", schema_applicator_read_one, FIELD(alternative)},
    {"$ref", schema_reference_read, FIELD(reference)},
    {"$defs", schema_applicator_read_map, FIELD(definitions)},
    {"$schema", read_draft, 0},
    {"$id", schema_resource_read_id, 0},
    {"$anchor", schema_resource_read_anchor, 0},
    {"$comment", read_annotation, 0},
    {"title", read_annotation, 0},
    {"description", read_annotation, 0},
    {"examples", read_annotation, 0},
    {"default", read_annotation, 0},
    {"deprecated", read_annotation, 0},
};

#define KEYWORD_COUNT (sizeof keywords / sizeof *keywords)

const struct schema_keyword *schema_keyword_find(const char *name)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        if (strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

const char *schema_keyword_nearest(const char *name)
{
    const char *names[KEYWORD_COUNT];
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        names[i] = keywords[i].name;
    return slice_nearest(slice_of(name), names, KEYWORD_COUNT);
}
