/* What causes what is told by the aggregates' table; who reads what is known elsewhere, and the
 * page says where. */
#include "api/catalogue_page.h"

#include "api/html.h"
#include "api/schema_page.h"
#include "base/json.h"
#include "write_model/aggregate.h"

static void write_link(const char *name, struct text *out)
{
    AUTO(text) struct text target = {0};
    text_add(&target, "/schemas/");
    text_percent_encode(slice_of(name), &target);
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

/* --- one of them ------------------------------------------------------------------------------ */

static bool causes(const struct command_kind *kind, const char *type)
{
    for (size_t i = 0; kind->events[i]; i++)
        if (strcmp(kind->events[i], type) == 0)
            return true;
    return false;
}

static void write_producers(const char *type, struct text *out)
{
    bool any = false;
    html_element(out, "h2", "Caused by");
    text_add(out, "<ul>\n");
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++) {
            AUTO(text) struct text name = {0};
            if (!causes(kind, type))
                continue;
            any = true;
            text_printf(&name, "%s.%s", aggregates[i]->category, kind->name);
            text_add(out, "<li>the command ");
            write_link(name.at, out);
            text_add(out, "</li>\n");
        }
    text_add(out,
             any ? "</ul>\n" : "<li>no command; it is appended or written by a saga</li></ul>\n");
}

static void write_consumers(const char *type, struct text *out)
{
    html_element(out, "h2", "Read by");
    text_add(out, "<p>Read models: <code>annal schema consumers ");
    html_add(out, slice_of(type));
    text_add(out, "</code> tells which, and which of its fields.</p>\n");
}

/* "parcel.sent" of "parcel.sent.v2"; the whole if it ends otherwise. */
static struct slice without_version(const char *type)
{
    struct slice whole = slice_of(type);
    const char *dot = strrchr(type, '.');
    int64_t number;
    if (!dot || dot[1] != 'v' || !text_read_int(slice_of(dot + 2), &number))
        return whole;
    return (struct slice){type, (size_t)(dot - type)};
}

static void write_versions(const struct catalogue *catalogue, const char *type, struct text *out)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    html_element(out, "h2", "Versions");
    text_add(out, "<ul>\n");
    for (size_t i = 0; i < count; i++) {
        if (!slice_equal(without_version(events[i].name), without_version(type)))
            continue;
        text_add(out, "<li>");
        write_link(events[i].name, out);
        text_add(out, strcmp(events[i].name, type) == 0 ? " (this)</li>\n" : "</li>\n");
    }
    text_add(out, "</ul>\n");
}

static void write_upcaster(const struct catalogue *catalogue, const char *type, struct text *out)
{
    size_t count;
    const struct upcasters_entry *entry = upcasters_entries(catalogue_upcasters(catalogue), &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entry[i].type, type) != 0)
            continue;
        AUTO(text) struct text source = {0};
        text_add_slice(&source, entry[i].text);
        text_add(out, "<p>Is read as ");
        write_link(upcaster_to(entry[i].upcaster), out);
        text_add(out, ":</p>\n");
        html_element(out, "pre", source.at);
    }
}

static void write_effects(const struct command_kind *kind, struct text *out)
{
    html_element(out, "h2", "May cause");
    text_add(out, "<ul>\n");
    for (size_t i = 0; kind->events[i]; i++) {
        text_add(out, "<li>");
        write_link(kind->events[i], out);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ul>\n");
}

static const struct command_kind *find_kind(const char *name)
{
    AUTO(text) struct text category = {0};
    const char *dot = strchr(name, '.');
    if (!dot)
        return NULL;
    text_add_slice(&category, (struct slice){name, (size_t)(dot - name)});
    const struct aggregate *aggregate = aggregate_find(text_slice(&category).at);
    return aggregate ? aggregate_command(aggregate, dot + 1) : NULL;
}

static void write_schema(const struct catalogue_entry *entry, struct text *out)
{
    size_t i;
    const json_t *example;
    html_element(out, "p", json_string_or(entry->json, "description", NULL));
    html_element(out, "h2", "Fields");
    schema_page_write_fields(entry->json, out);
    json_array_foreach (json_object_get(entry->json, "examples"), i, example) {
        html_element(out, "h2", "Example");
        html_json(out, example);
    }
}

void catalogue_page_write(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                          struct text *out)
{
    html_begin(out, entry->name);
    text_add(out, "<p>");
    html_link(out, "/schemas", "All event types and commands");
    text_add(out, "</p>\n");
    write_schema(entry, out);
    if (catalogue_event(catalogue, slice_of(entry->name)) == entry) {
        write_producers(entry->name, out);
        write_consumers(entry->name, out);
        write_versions(catalogue, entry->name, out);
        write_upcaster(catalogue, entry->name, out);
    } else if (find_kind(entry->name)) {
        write_effects(find_kind(entry->name), out);
    }
    html_element(out, "h2", "JSON Schema");
    html_json(out, entry->json);
    html_end(out);
}
