/* The table of aggregates names the events that each command causes. */
#include "api/catalogue_page.h"

#include "base/json.h"

static bool causes(const struct command_kind *kind, const char *type)
{
    for (size_t i = 0; kind->events[i]; i++)
        if (strcmp(kind->events[i], type) == 0)
            return true;
    return false;
}

static json_t *list_producers(const struct aggregate *const *aggregates, const char *type)
{
    json_t *list = json_array();
    for (size_t i = 0; aggregates[i]; i++)
        for (const struct command_kind *kind = aggregates[i]->commands; kind->name; kind++)
            if (causes(kind, type))
                json_array_append_new(
                    list, json_pack("{s:o}", "command",
                                    json_sprintf("%s.%s", aggregates[i]->category, kind->name)));
    return list;
}

static json_t *describe_consumer(const struct consumer *consumer)
{
    if (consumer->kind == CONSUMER_SAGA)
        return json_pack("{s:s}", "saga", consumer->reader);
    return json_pack("{s:s, s:s?, s:i}", "model", consumer->reader, "field", consumer->pointer,
                     "line", consumer->line);
}

static json_t *list_consumers(const struct consumers *consumers, const char *type)
{
    if (!consumers)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < consumers->count; i++)
        if (strcmp(consumers->at[i].type, type) == 0)
            json_array_append_new(list, describe_consumer(&consumers->at[i]));
    return list;
}

static json_t *list_versions(const struct catalogue *catalogue, const char *type)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (slice_equal(event_type_name(slice_of(events[i].name)), event_type_name(slice_of(type))))
            json_array_append_new(list, json_string(events[i].name));
    return list;
}

/* The upcaster as in its file; null if events of the type are not converted. */
static json_t *find_upcaster(const struct catalogue *catalogue, const char *type)
{
    size_t count;
    const struct upcasters_entry *entry = upcasters_entries(catalogue_upcasters(catalogue), &count);
    json_t *json = NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(entry[i].type, type) == 0)
            REQUIRE(json_read(entry[i].text, &json, NULL) == OK); /* it was read before */
    return json ? json : json_null();
}

static void add_event(json_t *json, const struct aggregate *const *aggregates,
                      const struct catalogue *catalogue, const char *type,
                      const struct consumers *consumers)
{
    struct slice newest = upcasters_newest(catalogue_upcasters(catalogue), slice_of(type));
    json_object_set_new(json, "versions", list_versions(catalogue, type));
    json_object_set_new(json, "readAs", json_stringn(newest.at, newest.length));
    json_object_set_new(json, "upcaster", find_upcaster(catalogue, type));
    json_object_set_new(json, "producers", list_producers(aggregates, type));
    json_object_set_new(json, "consumers", list_consumers(consumers, type));
}

static void add_command(json_t *json, const struct aggregate *const *aggregates, const char *name)
{
    struct slice category = {name, strcspn(name, ".")};
    json_t *events = json_array();
    for (size_t i = 0; aggregates[i]; i++) {
        const struct command_kind *kind =
            slice_is(category, aggregates[i]->category)
                ? aggregate_command(aggregates[i], strchr(name, '.') + 1)
                : NULL;
        if (!kind)
            continue;
        json_object_set_new(
            json, "path",
            json_sprintf("/commands/%s/{id}/%s", aggregates[i]->category, kind->name));
        for (size_t e = 0; kind->events[e]; e++)
            json_array_append_new(events, json_string(kind->events[e]));
    }
    json_object_set_new(json, "events", events);
}

json_t *entry_json_make(const struct aggregate *const *aggregates,
                        const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        const struct consumers *consumers)
{
    bool event = catalogue_event(catalogue, slice_of(entry->name)) == entry;
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:O}", "name", entry->name, "kind",
                             event ? "event" : "command", "title",
                             json_string_or(entry->json, "title", ""), "description",
                             json_string_or(entry->json, "description", ""), "schema", entry->json);
    json_t *examples = json_object_get(entry->json, "examples");
    REQUIRE(json);
    json_object_set_new(json, "examples", examples ? json_incref(examples) : json_array());
    if (event)
        add_event(json, aggregates, catalogue, entry->name, consumers);
    else
        add_command(json, aggregates, entry->name);
    return json;
}
