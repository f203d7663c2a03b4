/* A field's name is its path, "lines[].count". A rule that is not simple is shown in the schema
 * itself, which stands on the same page. */
#include "api/schema_page.h"

#include "api/html.h"
#include "base/json.h"

#define DEEPEST 8

/* Told as "keyword value". */
static const char *const rules[] = {
    "format",   "pattern",  "const",       "minLength",        "maxLength",
    "minimum",  "maximum",  "multipleOf",  "exclusiveMinimum", "exclusiveMaximum",
    "minItems", "maxItems", "uniqueItems", "minProperties",    "maxProperties",
    "default",  "$ref",     NULL};

static void write_value(const json_t *value, struct text *out)
{
    AUTO(text) struct text written = {0};
    if (json_is_string(value))
        text_add(&written, json_string_value(value));
    else
        json_write(value, &written);
    html_add(out, text_slice(&written));
}

static void write_list(const json_t *list, const char *between, struct text *out)
{
    size_t i;
    const json_t *each;
    json_array_foreach (list, i, each) {
        text_add(out, i ? between : "");
        write_value(each, out);
    }
}

static void write_type(const json_t *schema, struct text *out)
{
    const json_t *type = json_object_get(schema, "type");
    text_add(out, "<td>");
    if (json_is_array(type))
        write_list(type, " or ", out);
    else if (type)
        write_value(type, out);
    text_add(out, "</td>");
}

static void write_rules(const json_t *schema, bool required, struct text *out)
{
    const json_t *choices = json_object_get(schema, "enum");
    text_add(out, required ? "<td>required<br>" : "<td>");
    for (size_t i = 0; rules[i]; i++) {
        const json_t *value = json_object_get(schema, rules[i]);
        if (!value)
            continue;
        text_printf(out, "%s <code>", rules[i]);
        write_value(value, out);
        text_add(out, "</code><br>");
    }
    if (choices) {
        text_add(out, "one of ");
        write_list(choices, ", ", out);
    }
    text_add(out, "</td>");
}

static bool is_required(const json_t *schema, const char *name)
{
    size_t i;
    const json_t *each;
    json_array_foreach (json_object_get(schema, "required"), i, each)
        if (json_is_string(each) && strcmp(json_string_value(each), name) == 0)
            return true;
    return false;
}

static void write_members(const json_t *schema, const char *prefix, int depth, struct text *out);

static void write_field(const char *path, const json_t *schema, bool required, int depth,
                        struct text *out)
{
    const json_t *items = json_object_get(schema, "items");
    AUTO(text) struct text inside = {0};
    text_add(out, "<tr><td><code>");
    html_add(out, slice_of(path));
    text_add(out, "</code></td>");
    write_type(schema, out);
    write_rules(schema, required, out);
    html_element(out, "td", json_string_or(schema, "description", ""));
    text_add(out, "</tr>\n");
    text_printf(&inside, "%s%s", path, items ? "[]" : "");
    if (json_object_get(items, "properties"))
        write_members(items, inside.at, depth + 1, out);
    else if (items)
        write_field(inside.at, items, false, depth + 1, out);
    else
        write_members(schema, path, depth + 1, out);
}

static void write_members(const json_t *schema, const char *prefix, int depth, struct text *out)
{
    const char *name;
    const json_t *member;
    if (depth > DEEPEST)
        return;
    json_object_foreach (json_object_get(schema, "properties"), name, member) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s%s%s", prefix, prefix[0] ? "." : "", name);
        write_field(path.at, member, is_required(schema, name), depth, out);
    }
}

void schema_page_write_fields(const json_t *schema, struct text *out)
{
    static const char *const head[] = {"field", "type", "rules", "", NULL};
    if (!json_object_size(json_object_get(schema, "properties"))) {
        html_element(out, "p", "No fields.");
        return;
    }
    html_table_begin(out, head);
    write_members(schema, "", 0, out);
    html_table_end(out);
}
