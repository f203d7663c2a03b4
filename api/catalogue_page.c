#include "api/catalogue_page.h"

#include "api/html.h"
#include "base/encoding.h"
#include "base/json.h"

#define DEEPEST 8 /* deeper fields are only in the schema itself */

static void write_link(const char *name, struct text *out)
{
    AUTO(text) struct text target = {0};
    text_add(&target, "/schemas/");
    encoding_write_percent(slice_of(name), &target);
    html_link(out, target.at, name);
}

/* --- the list --------------------------------------------------------------------------------- */

static void write_entries(const char *heading, const struct catalogue_entry *entries, size_t count,
                          struct text *out)
{
    static const char *const head[] = {"name", "", NULL};
    html_element(out, "h2", heading);
    html_table_begin(out, head);
    for (size_t i = 0; i < count; i++) {
        text_add(out, "<tr><td>");
        write_link(entries[i].name, out);
        text_add(out, "</td>");
        html_element(out, "td", json_string_or(entries[i].json, "title", ""));
        text_add(out, "</tr>\n");
    }
    html_table_end(out);
}

void catalogue_page_write_list(const struct catalogue *catalogue, struct text *out)
{
    size_t count;
    html_begin(out, "Event types and commands");
    const struct catalogue_entry *entries = catalogue_events(catalogue, &count);
    write_entries("Event types", entries, count, out);
    entries = catalogue_commands(catalogue, &count);
    write_entries("Commands", entries, count, out);
    html_end(out);
}

/* --- the fields of a schema: a name is its path, "lines[].count" ------------------------------- */

/* Shown as "keyword value". */
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

static void write_fields_of(const json_t *schema, struct text *out)
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

/* --- one entry ------------------------------------------------------------------------------ */

/* A list of links. */
static void write_links(const char *heading, const json_t *names, struct text *out)
{
    size_t i;
    const json_t *name;
    html_element(out, "h2", heading);
    text_add(out, "<ul>\n");
    json_array_foreach (names, i, name) {
        text_add(out, "<li>");
        write_link(json_string_value(name), out);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
}

static void write_producers(const json_t *producers, struct text *out)
{
    size_t i;
    const json_t *producer;
    html_element(out, "h2", "Caused by");
    text_add(out, "<ul>\n");
    json_array_foreach (producers, i, producer) {
        text_add(out, "<li>the command ");
        write_link(json_string_or(producer, "command", ""), out);
        text_add(out, "</li>\n");
    }
    text_add(out, json_array_size(producers)
                      ? "</ul>\n"
                      : "<li>no command: clients append it, or a saga writes it</li></ul>\n");
}

static void write_consumer(const json_t *consumer, struct text *out)
{
    const char *saga = json_string_or(consumer, "saga", NULL);
    const char *field = json_string_or(consumer, "field", "(none)");
    AUTO(text) struct text line = {0};
    text_printf(&line, "%lld", (long long)json_int_or(consumer, "line", 0));
    text_add(out, "<tr>");
    html_element(out, "td", saga ? saga : json_string_or(consumer, "model", ""));
    html_element(out, "td", saga ? "saga" : "read model");
    html_element(out, "td", saga ? "" : field[0] ? field : "(all fields)");
    html_element(out, "td", saga ? "" : line.at);
    text_add(out, "</tr>\n");
}

/* Consumers read an old version as the newest one, so an old version has no consumers. */
static void write_no_consumers(const json_t *entry, struct text *out)
{
    const char *newest = json_string_or(entry, "readAs", "");
    if (!json_is_array(json_object_get(entry, "consumers"))) {
        html_element(out, "p",
                     "Unknown: annal could not load the read models; its log has the reason.");
    } else if (strcmp(newest, json_string_or(entry, "name", "")) == 0) {
        html_element(out, "p", "No read model and no saga reads this type.");
    } else {
        text_add(out, "<p>Consumers of ");
        write_link(newest, out);
        text_add(out, ": annal reads this type as that one.</p>\n");
    }
}

static void write_consumers(const json_t *entry, struct text *out)
{
    static const char *const head[] = {"consumer", "", "field", "line", NULL};
    const json_t *consumers = json_object_get(entry, "consumers");
    size_t i;
    const json_t *consumer;
    html_element(out, "h2", "Read by");
    if (json_array_size(consumers) == 0) {
        write_no_consumers(entry, out);
        return;
    }
    html_table_begin(out, head);
    json_array_foreach (consumers, i, consumer)
        write_consumer(consumer, out);
    html_table_end(out);
}

static void write_upcaster(const json_t *entry, struct text *out)
{
    const json_t *upcaster = json_object_get(entry, "upcaster");
    if (!json_is_object(upcaster))
        return;
    text_add(out, "<p>annal reads this type as ");
    write_link(json_string_or(upcaster, "to", ""), out);
    text_add(out, ":</p>\n");
    html_json(out, upcaster);
}

static void write_schema(const json_t *entry, struct text *out)
{
    size_t i;
    const json_t *example;
    const char *title = json_string_or(entry, "title", "");
    const char *description = json_string_or(entry, "description", "");
    html_element(out, "p", title[0] ? title : NULL);
    html_element(out, "p", description[0] ? description : NULL);
    html_element(out, "h2", "Fields");
    write_fields_of(json_object_get(entry, "schema"), out);
    json_array_foreach (json_object_get(entry, "examples"), i, example) {
        html_element(out, "h2", "Example");
        html_json(out, example);
    }
}

void catalogue_page_write(const json_t *entry, struct text *out)
{
    html_begin(out, json_string_or(entry, "name", ""));
    text_add(out, "<p>");
    html_link(out, "/schemas", "All event types and commands");
    text_add(out, "</p>\n");
    write_schema(entry, out);
    if (json_object_get(entry, "producers")) {
        write_producers(json_object_get(entry, "producers"), out);
        write_consumers(entry, out);
        write_links("Versions", json_object_get(entry, "versions"), out);
        write_upcaster(entry, out);
    } else if (json_object_get(entry, "path")) {
        write_links("May cause", json_object_get(entry, "events"), out);
    }
    html_element(out, "h2", "JSON Schema");
    html_json(out, json_object_get(entry, "schema"));
    html_end(out);
}
