/* Parts that accept any type or category get examples from the running domain, which must succeed when
 * they are sent. */
#include "api/openapi_expand.h"
#include "write_model/aggregate.h"

static json_t *example_of(const struct catalogue_entry *entry)
{
    return entry ? json_array_get(json_object_get(entry->json, "examples"), 0) : NULL;
}

/* The first event type with an example that may be appended or, if not `free`, that only a command may
 * cause; NULL: none. */
static const struct catalogue_entry *choose_event(const struct openapi_subject *subject, bool free)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(subject->catalogue, &count);
    for (size_t i = 0; i < count; i++) {
        bool is_sagas = strncmp(events[i].name, "saga.", 5) == 0;
        bool is_free =
            !is_sagas && !aggregate_of_event(subject->aggregates, slice_of(events[i].name));
        if (example_of(&events[i]) && !is_sagas && is_free == free)
            return &events[i];
    }
    return NULL;
}

static void set_parameter(struct openapi *openapi, const char *name, json_t *take_example)
{
    json_t *all = json_object_get(openapi->components, "parameters");
    json_object_set_new(json_object_get(all, name), "example", take_example);
}

static json_t *find_content(struct openapi *openapi, const char *name, const char *media)
{
    json_t *body = json_object_get(json_object_get(openapi->components, "requestBodies"), name);
    return json_object_get(json_object_get(body, "content"), media);
}

/* The object that is the example of a request's body. */
static json_t *find_body(struct openapi *openapi, const char *name, const char *media)
{
    json_t *example = json_object_get(find_content(openapi, name, media), "example");
    REQUIRE(example); /* api/openapi/ has it */
    return example;
}

/* The event types of a category begin with its name. */
static void set_event(struct openapi *openapi)
{
    const struct catalogue *catalogue = openapi->subject->catalogue;
    const struct catalogue_entry *free = choose_event(openapi->subject, true);
    const struct catalogue_entry *event = free ? free : choose_event(openapi->subject, false);
    if (!event)
        event = catalogue_event(catalogue, slice_of("saga.started.v1"));
    if (free) {
        json_t *body = find_body(openapi, "CloudEvents", "application/cloudevents+json");
        json_object_set_new(body, "type", json_string(free->name));
        json_object_set(body, "data", example_of(free));
    }
    set_parameter(openapi, "type", json_string(event->name));
    int length = (int)strcspn(event->name, ".");
    set_parameter(openapi, "TypePattern", json_sprintf("%.*s.*", length, event->name));
    set_parameter(openapi, "category", json_sprintf("%.*s", length, event->name));
}

static void set_command(struct openapi *openapi, const struct aggregate *aggregate)
{
    const struct catalogue *catalogue = openapi->subject->catalogue;
    json_t *body = find_body(openapi, "Commands", "application/json");
    for (const struct command_kind *kind = aggregate->commands; kind->name; kind++) {
        json_t *data = example_of(catalogue_command(catalogue, aggregate->category, kind->name));
        if (!data)
            continue;
        json_object_set_new(body, "commands",
                            json_pack("[{s:s, s:s, s:O}]", "category", aggregate->category,
                                      "command", kind->name, "data", data));
        return;
    }
}

void openapi_example_set(struct openapi *openapi)
{
    const struct aggregate *const *aggregates = openapi->subject->aggregates;
    set_event(openapi);
    if (!aggregates[0]) {
        json_object_del(find_content(openapi, "Commands", "application/json"), "example");
        return;
    }
    set_parameter(openapi, "category", json_string(aggregates[0]->category));
    set_command(openapi, aggregates[0]);
}
