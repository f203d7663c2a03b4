/* Reads the values of keywords that hold no schema; and what all files that compile a schema need: the
 * position in the document, memory, and how a keyword is rejected. */
#include "base/array.h"
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/pattern.h"
#include "schema/json_schema/schema_compiler.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"

enum err schema_keyword_refuse(struct schema_compiler *compiler, const char *keyword,
                               const char *must)
{
    return error_set(compiler->error, ERR_DEFINITION, "at \"%.300s\": keyword \"%.100s\" %s",
                     text_slice(&compiler->pointer).at, keyword, must);
}

size_t schema_keyword_step_in(struct schema_compiler *compiler, const char *name)
{
    size_t outside = compiler->pointer.length;
    json_pointer_add(&compiler->pointer, name);
    return outside;
}

void schema_keyword_step_out(struct schema_compiler *compiler, size_t outside)
{
    compiler->pointer.length = outside;
    text_reserve(&compiler->pointer, 0)[0] = '\0';
}

void *schema_keyword_allocate(struct schema_compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_allocate(&compiler->schema->arena, count * size);
    memset(memory, 0, count * size);
    return memory;
}

enum err schema_keyword_add_pattern(struct schema_compiler *compiler, const char *keyword,
                                    const char *text, struct pattern **ret_pattern)
{
    enum err err = pattern_compile(text, ret_pattern, compiler->error);
    if (err)
        return error_add_context(compiler->error, err, "at \"%.300s\": keyword \"%s\"",
                                 text_slice(&compiler->pointer).at, keyword);
    *ARRAY_ADD(&compiler->schema->patterns) = *ret_pattern;
    return OK;
}

enum err schema_keyword_read_pattern(struct schema_compiler *compiler, const char *keyword,
                                     const json_t *value, void *field)
{
    if (!json_is_string(value))
        return schema_keyword_refuse(compiler, keyword, "must be a string");
    return schema_keyword_add_pattern(compiler, keyword, json_string_value(value), field);
}

enum err schema_keyword_read_type(struct schema_compiler *compiler, const char *keyword,
                                  const json_t *value, void *field)
{
    unsigned *types = field;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : value;
        unsigned bit = json_is_string(name) ? json_value_find_type(json_string_value(name)) : 0;
        if (bit == 0 || (*types & bit))
            return schema_keyword_refuse(
                compiler, keyword,
                "must be one or several, without repetition, of object, array, string, integer, "
                "number, boolean and null");
        *types |= bit;
    }
    return count ? OK : schema_keyword_refuse(compiler, keyword, "must not be empty");
}

enum err schema_keyword_read_enumeration(struct schema_compiler *compiler, const char *keyword,
                                         const json_t *value, void *field)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return schema_keyword_refuse(compiler, keyword, "must be a non-empty array");
    *(const json_t **)field = value;
    return OK;
}

enum err schema_keyword_read_value(struct schema_compiler *compiler, const char *keyword,
                                   const json_t *value, void *field)
{
    (void)compiler, (void)keyword;
    *(const json_t **)field = value;
    return OK;
}

enum err schema_keyword_read_number(struct schema_compiler *compiler, const char *keyword,
                                    const json_t *value, void *field)
{
    if (!json_is_number(value))
        return schema_keyword_refuse(compiler, keyword, "must be a number");
    return schema_keyword_read_value(compiler, keyword, value, field);
}

enum err schema_keyword_read_divisor(struct schema_compiler *compiler, const char *keyword,
                                     const json_t *value, void *field)
{
    if (!json_is_number(value) || json_number_value(value) <= 0)
        return schema_keyword_refuse(compiler, keyword, "must be a number above 0");
    return schema_keyword_read_value(compiler, keyword, value, field);
}

enum err schema_keyword_read_count(struct schema_compiler *compiler, const char *keyword,
                                   const json_t *value, void *field)
{
    double count = json_is_number(value) ? json_number_value(value) : -1;
    if (count < 0 || count > 1e15 || count != (double)(size_t)count)
        return schema_keyword_refuse(compiler, keyword, "must be an integer of at least 0");
    *(size_t *)field = (size_t)count;
    return OK;
}

enum err schema_keyword_read_flag(struct schema_compiler *compiler, const char *keyword,
                                  const json_t *value, void *field)
{
    if (!json_is_boolean(value))
        return schema_keyword_refuse(compiler, keyword, "must be true or false");
    *(bool *)field = json_is_true(value);
    return OK;
}

enum err schema_keyword_read_format(struct schema_compiler *compiler, const char *keyword,
                                    const json_t *value, void *field)
{
    enum format format =
        json_is_string(value) ? format_find(json_string_value(value)) : FORMAT_NONE;
    if (format == FORMAT_NONE)
        return schema_keyword_refuse(compiler, keyword,
                                     "must be date-time, date, uuid, email or uri");
    *(enum format *)field = format;
    return OK;
}

static enum err check_names(struct schema_compiler *compiler, const char *keyword,
                            const json_t *value)
{
    if (!json_is_array(value))
        return schema_keyword_refuse(compiler, keyword, "must be an array of names");
    for (size_t i = 0; i < json_array_size(value); i++) {
        bool good = json_is_string(json_array_get(value, i));
        for (size_t j = 0; j < i && good; j++)
            good = !json_equal(json_array_get(value, i), json_array_get(value, j));
        if (!good)
            return schema_keyword_refuse(compiler, keyword, "must be an array of different names");
    }
    return OK;
}

enum err schema_keyword_read_required(struct schema_compiler *compiler, const char *keyword,
                                      const json_t *value, void *field)
{
    enum err err = check_names(compiler, keyword, value);
    return err ? err : schema_keyword_read_value(compiler, keyword, value, field);
}

enum err schema_keyword_read_dependent_required(struct schema_compiler *compiler,
                                                const char *keyword, const json_t *value,
                                                void *field)
{
    if (!json_is_object(value))
        return schema_keyword_refuse(compiler, keyword, "must be an object of arrays of names");
    const char *name;
    json_t *names;
    json_object_foreach ((json_t *)value, name, names) {
        enum err err = check_names(compiler, keyword, names);
        if (err)
            return err;
    }
    return schema_keyword_read_value(compiler, keyword, value, field);
}

enum err schema_keyword_read_draft(struct schema_compiler *compiler, const char *keyword,
                                   const json_t *value, void *field)
{
    (void)field;
    struct slice draft = slice_of(json_string_value(value));
    if (!slice_is(draft, DRAFT) && !slice_is(draft, DRAFT "#"))
        return schema_keyword_refuse(compiler, keyword, "must be \"" DRAFT "\"");
    return OK;
}

enum err schema_keyword_read_annotation(struct schema_compiler *compiler, const char *keyword,
                                        const json_t *value, void *field)
{
    (void)compiler, (void)keyword, (void)value, (void)field;
    return OK;
}
