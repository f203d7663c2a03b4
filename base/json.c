/* Depth is counted before jansson recurses, so that hostile input costs no stack. */
#include "base/json.h"

#include "base/json_scan.h"

static size_t deepest_nesting(struct slice text)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

enum err json_read(struct slice text, json_t **ret_json, struct error *error)
{
    if (deepest_nesting(text) > JSON_DEEPEST)
        return error_set(error, ERR_INVALID_JSON, "nested deeper than %d levels", JSON_DEEPEST);
    json_error_t why;
    json_t *json = json_loadb(text.at ? text.at : "", text.length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!json)
        return error_set(error, ERR_INVALID_JSON, "line %d, column %d: %s", why.line, why.column,
                         why.text);
    *ret_json = json;
    return OK;
}

static int add_to_text(const char *bytes, size_t size, void *text)
{
    text_add_bytes(text, bytes, size);
    return 0;
}

void json_write(const json_t *json, struct text *out)
{
    int failed = json_dump_callback(json, add_to_text, out, JSON_COMPACT | JSON_ENCODE_ANY);
    REQUIRE(!failed);
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

int64_t json_int_or(const json_t *object, const char *member, int64_t fallback)
{
    const json_t *value = json_object_get(object, member);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}
