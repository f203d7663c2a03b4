/* Depth is counted before jansson recurses, so that hostile input costs no stack. */
#include "base/json.h"

#include "base/json_measure.h"
#include "base/json_scan.h"
#include "base/json_text.h"

#include <stdio.h>

/* jansson reports some failed allocations as wrong syntax, and continues after others with part of a
 * string missing. So this file records them. */
static _Thread_local bool allocation_failed;
static json_malloc_t allocate_before;

static void *allocate(size_t bytes)
{
    void *memory = allocate_before(bytes);
    allocation_failed |= !memory;
    return memory;
}

/* Before main(), so before any thread uses jansson. The function that frees is unchanged. */
__attribute__((constructor)) static void watch_allocations(void)
{
    json_free_t free_before;
    json_get_alloc_funcs(&allocate_before, &free_before);
    json_set_alloc_funcs(allocate, free_before);
}

/* jansson's message, unless it names a flag of jansson's API. */
static const char *explain(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);
    bool is_nul = code == json_error_null_character || code == json_error_null_byte_in_key;
    return is_nul ? "a text must not have \\u0000 (NUL)" : why->text;
}

static enum err out_of_memory(size_t bytes, json_t *take_json, struct error *error)
{
    json_decref(take_json);
    return error_set(error, ERR_NO_MEMORY, "no memory is left to read %zu bytes of JSON; try again",
                     bytes);
}

enum err json_read(struct slice text, json_t **ret_json, struct error *error)
{
    json_error_t why;
    if (json_measure(text).depth > JSON_DEEPEST)
        return error_set(error, ERR_INVALID_JSON, "nested deeper than %d levels", JSON_DEEPEST);
    allocation_failed = false;
    json_t *json = json_loadb(text.at ? text.at : "", text.length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (allocation_failed)
        return out_of_memory(text.length, json, error);
    if (!json)
        return error_set(error, ERR_INVALID_JSON, "line %d, column %d: %s", why.line, why.column,
                         explain(&why));
    *ret_json = json;
    return OK;
}

enum err json_read_stored(struct slice text, enum err fault, json_t **ret_json, struct error *error)
{
    struct error why = {0};
    enum err err = json_read(text, ret_json, &why);
    if (!err)
        return OK;
    if (err == ERR_NO_MEMORY)
        return error_set(error, err, "%s", why.text);
    return error_set(error, fault, "it is not JSON: %s", why.text);
}

/* Writes the fewest digits, 15 to 17, that read back to the same value, and a point if the digits would
 * otherwise read back as an integer. */
static void write_real(double real, struct text *out)
{
    char digits[32];
    for (int count = 15; count <= 17; count++) {
        snprintf(digits, sizeof digits, "%.*g", count, real);
        if (strtod(digits, NULL) == real)
            break;
    }
    text_add(out, digits);
    if (!strpbrk(digits, ".e"))
        text_add(out, ".0");
}

static void write_array(const json_t *array, struct text *out)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_text_next(out);
        json_write(json_array_get(array, i), out);
    }
    text_add_char(out, ']');
}

static void write_object(const json_t *object, struct text *out)
{
    const char *name;
    json_t *value;
    text_add_char(out, '{');
    json_object_foreach ((json_t *)object, name, value) {
        json_text_next(out);
        json_text_quote(out, slice_of(name));
        text_add_char(out, ':');
        json_write(value, out);
    }
    text_add_char(out, '}');
}

void json_write(const json_t *json, struct text *out)
{
    REQUIRE(json);
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        write_object(json, out);
        return;
    case JSON_ARRAY:
        write_array(json, out);
        return;
    case JSON_STRING:
        json_text_quote(out, (struct slice){json_string_value(json), json_string_length(json)});
        return;
    case JSON_INTEGER:
        text_add_int(out, json_integer_value(json));
        return;
    case JSON_REAL:
        write_real(json_real_value(json), out);
        return;
    case JSON_TRUE:
        text_add(out, "true");
        return;
    case JSON_FALSE:
        text_add(out, "false");
        return;
    case JSON_NULL:
        text_add(out, "null");
        return;
    }
}

bool json_read_string(struct slice raw, struct text *out)
{
    struct slice plain = json_scan_plain_string(raw);
    if (plain.length || slice_is(raw, "\"\"")) {
        text_add_slice(out, plain);
        return true;
    }
    AUTO(json) json_t *json = NULL;
    if (raw.length == 0 || raw.at[0] != '"' || json_read(raw, &json, NULL) != OK)
        return false;
    text_add_bytes(out, json_string_value(json), json_string_length(json));
    return true;
}

const char *json_string_or(const json_t *object, const char *member, const char *fallback)
{
    const json_t *value = json_object_get(object, member);
    return json_is_string(value) ? json_string_value(value) : fallback;
}

bool json_string_is(const json_t *object, const char *member, const char *string)
{
    const char *value = json_string_or(object, member, NULL);
    return value && strcmp(value, string) == 0;
}

bool json_read_int(const json_t *value, int64_t *ret_number)
{
    const double most = 9007199254740992.0; /* 2^53 */
    double real = json_real_value(value);
    if (json_is_integer(value))
        *ret_number = json_integer_value(value);
    else if (json_is_real(value) && real >= -most && real <= most && (double)(int64_t)real == real)
        *ret_number = (int64_t)real;
    else
        return false;
    return true;
}

int64_t json_int_or(const json_t *object, const char *member, int64_t fallback)
{
    int64_t number;
    return json_read_int(json_object_get(object, member), &number) ? number : fallback;
}
