/* The table of commands and the catalogue agree, and the shipped schemas state the domain's rules. */
#include "base/json.h"
#include "schema/catalogue/catalogue_compare.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#include <dirent.h>

typedef void entry_fn(const struct catalogue_entry *entry);

static void each_command(entry_fn *check)
{
    for (size_t i = 0; shop.aggregates[i]; i++)
        for (const struct command_kind *kind = shop.aggregates[i]->commands; kind->name; kind++) {
            const struct catalogue_entry *entry =
                catalogue_command(scenario_catalogue(), shop.aggregates[i]->category, kind->name);
            if (!entry)
                fail_msg("%s %s has no schema", shop.aggregates[i]->category, kind->name);
            check(entry);
        }
}

/* "order" of "order.created.v1" is an aggregate's category. */
static bool is_of_an_aggregate(const char *type)
{
    AUTO(text) struct text category = {0};
    text_add_bytes(&category, type, strcspn(type, "."));
    return aggregate_find(shop.aggregates, category.at) != NULL;
}

static void each_event(entry_fn *check)
{
    size_t count;
    const struct catalogue_entry *events = catalogue_events(scenario_catalogue(), &count);
    for (size_t i = 0; i < count; i++)
        if (is_of_an_aggregate(events[i].name))
            check(&events[i]);
}

static bool may_happen(const char *type)
{
    for (size_t i = 0; shop.aggregates[i]; i++)
        for (const struct command_kind *kind = shop.aggregates[i]->commands; kind->name; kind++)
            for (size_t e = 0; kind->events[e]; e++)
                if (strcmp(kind->events[e], type) == 0)
                    return true;
    return false;
}

static void assert_may_happen(const struct catalogue_entry *entry)
{
    if (!may_happen(entry->name))
        fail_msg("no command causes %s", entry->name);
}

static void commands_cause_the_events_of_the_catalogue_and_no_others(void **unused)
{
    (void)unused;
    each_event(assert_may_happen);
    for (size_t i = 0; shop.aggregates[i]; i++)
        for (const struct command_kind *kind = shop.aggregates[i]->commands; kind->name; kind++)
            for (size_t e = 0; kind->events[e]; e++)
                if (!catalogue_event(scenario_catalogue(), slice_of(kind->events[e])))
                    fail_msg("%s causes %s, which has no schema", kind->name, kind->events[e]);
}

static void assert_examples_fit(const struct catalogue_entry *entry)
{
    const json_t *examples = json_object_get(entry->json, "examples");
    if (json_array_size(examples) == 0)
        fail_msg("%s has no example", entry->name);
    for (size_t i = 0; i < json_array_size(examples); i++) {
        AUTO(schema_faults) struct schema_faults faults = {0};
        if (!json_schema_validate(entry->schema, json_array_get(examples, i), &faults))
            fail_msg("%s: example: %s: %s", entry->name, faults.fault[0].pointer,
                     faults.fault[0].detail);
    }
}

static void every_example_matches_its_schema(void **unused)
{
    (void)unused;
    each_command(assert_examples_fit);
    each_event(assert_examples_fit);
}

static bool admits(const json_t *schema, const char *type)
{
    const json_t *types = json_object_get(schema, "type"), *one;
    size_t i;
    json_array_foreach (types, i, one)
        if (strcmp(json_string_value(one), type) == 0)
            return true;
    return strcmp(json_string_or(schema, "type", ""), type) == 0;
}

/* Walks over the objects and arrays of a schema. */
static void assert_closed_and_described(const char *name, const json_t *schema)
{
    if (admits(schema, "array"))
        assert_closed_and_described(name, json_object_get(schema, "items"));
    if (!admits(schema, "object"))
        return;
    if (!json_is_false(json_object_get(schema, "additionalProperties")))
        fail_msg("%s lets unknown fields in", name);
    const char *field;
    json_t *property;
    json_object_foreach (json_object_get(schema, "properties"), field, property) {
        if (!*json_string_or(property, "description", ""))
            fail_msg("%s: %s has no description", name, field);
        assert_closed_and_described(name, property);
    }
}

static void assert_is_described(const struct catalogue_entry *entry)
{
    if (!*json_string_or(entry->json, "title", "") ||
        !*json_string_or(entry->json, "description", ""))
        fail_msg("%s has no title or description", entry->name);
    assert_closed_and_described(entry->name, entry->json);
}

static void every_schema_is_closed_and_described(void **unused)
{
    (void)unused;
    each_command(assert_is_described);
    each_event(assert_is_described);
}

#define HEAD "'customerId':'C-1','currency':'DKK'"

static const struct body {
    const char *category, *command, *body;
} good[] =
    {
        {"order", "create", "{" HEAD "}"},
        {"order", "create", "{" HEAD ",'orderedAt':null,'shipTo':null,'items':null,'place':null}"},
        {"order", "create", "{" HEAD ",'shipTo':{'name':null,'city':''},'items':[]}"},
        {"order", "create", "{" HEAD ",'orderedAt':'1996-07-04T23:59:60Z'}"},
        {"order", "add-item",
         "{'productId':'a.B_9~-','quantity':1000000,'unitPrice':1000000000000}"},
        {"order", "record-payment", "{'amount':0,'currency':'DKK','method':null,'reference':null}"},
        {"order", "ship", "{'carrier':'P','trackingNumber':null}"},
        {"order", "confirm", "{}"},
        {"inventory", "receive", "{'quantity':1,'name':null}"},
        {"payment", "complete", "{'reference':'R','method':null}"},
},
  bad[] = {
      {"order", "create", "{}"},
      {"order", "create", "[]"},
      {"order", "create", "null"},
      {"order", "create", "{'customerId':'C-1','currency':'dkk'}"},
      {"order", "create", "{'customerId':'C-1','currency':'DKKR'}"},
      {"order", "create", "{'customerId':'C-1','currency':'DKK\\n'}"},
      {"order", "create", "{'customerId':'C-1\\n','currency':'DKK'}"},
      {"order", "create", "{'customerId':'','currency':'DKK'}"},
      {"order", "create", "{'customerId':'a/b','currency':'DKK'}"},
      {"order", "create", "{'customerId':null,'currency':'DKK'}"},
      {"order", "create", "{" HEAD ",'orderedAt':'yesterday'}"},
      {"order", "create", "{" HEAD ",'orderedAt':'2025-02-29T10:00:00Z'}"},
      {"order", "create", "{" HEAD ",'orderedAt':'2025-02-28T10:00:00'}"},
      {"order", "create", "{" HEAD ",'coupon':'X'}"},
      {"order", "create", "{" HEAD ",'shipTo':{'planet':'Mars'}}"},
      {"order", "create", "{" HEAD ",'place':'yes'}"},
      {"order", "create", "{" HEAD ",'items':[{'productId':'P','quantity':1}]}"},
      {"order", "create", "{" HEAD ",'items':[{'productId':'P','quantity':0,'unitPrice':1}]}"},
      {"order", "add-item", "{'productId':'P','quantity':1000001,'unitPrice':1}"},
      {"order", "add-item", "{'productId':'P','quantity':1.5,'unitPrice':1}"},
      {"order", "add-item", "{'productId':'P','quantity':1,'unitPrice':1000000000001}"},
      {"order", "add-item", "{'productId':'P','quantity':1,'unitPrice':-1}"},
      {"order", "add-item", "{'productId':'P','quantity':'1','unitPrice':1}"},
      {"order", "remove-item", "{'line':0}"},
      {"order", "remove-item", "{'line':null}"},
      {"order", "place", "{'now':true}"},
      {"order", "place", "null"},
      {"order", "ship", "{'carrier':''}"},
      {"order", "cancel", "{'reason':''}"},
      {"order", "cancel", "{'reason':null}"},
      {"inventory", "receive", "{'quantity':0}"},
      {"inventory", "reserve", "{'orderId':'O'}"},
      {"inventory", "release", "{'orderId':'O O'}"},
      {"payment", "request", "{'amount':-1,'currency':'DKK','customerId':'C'}"},
      {"payment", "complete", "{'reference':''}"},
};

static void assert_fits_or_not(const struct body *body, bool fits)
{
    AUTO(json) json_t *json = told_json(body->body);
    const struct catalogue_entry *entry =
        catalogue_command(scenario_catalogue(), body->category, body->command);
    assert_non_null(entry);
    if (json_schema_validate(entry->schema, json, NULL) != fits)
        fail_msg("%s: %s %s", fits ? "must fit" : "must not fit", body->command, body->body);
}

static void bodies_are_accepted_and_rejected_by_the_rules_of_the_domain(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_fits_or_not(&good[i], true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fits_or_not(&bad[i], false);
}

static void texts_have_at_most_500_characters_and_ids_128(void **unused)
{
    (void)unused;
    for (int extra = 0; extra < 2; extra++) {
        AUTO(text) struct text reason = {0}, order = {0};
        text_add(&reason, "{'reason':'");
        for (int i = 0; i < 500 + extra; i++)
            text_add(&reason, "ø");
        text_add(&reason, "'}");
        assert_fits_or_not(&(struct body){"order", "cancel", reason.at}, !extra);
        text_add(&order, "{'orderId':'");
        for (int i = 0; i < 128 + extra; i++)
            text_add(&order, "O");
        text_add(&order, "'}");
        assert_fits_or_not(&(struct body){"inventory", "ship", order.at}, !extra);
    }
}

static void fail_on_change(void *context, const struct schema_change *change)
{
    fail_msg("since %s, %s changed incompatibly at \"%s\": %s", (const char *)context, change->name,
             change->pointer, change->rule);
}

static void the_schemas_are_compatible_with_those_of_every_release(void **state)
{
    (void)state;
    AUTO(string) char *releases = test_source_path("tests/shop/released");
    AUTO(string) char *now = test_source_path("shop/schemas");
    AUTO(catalogue) struct catalogue *today = NULL;
    assert_ok(catalogue_open(&shop.schemas, now, &today, &error));
    DIR *list = opendir(releases);
    assert_non_null(list);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(list));) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        AUTO(text) struct text path = {0};
        AUTO(catalogue) struct catalogue *released = NULL;
        text_printf(&path, "%s/%s", releases, entry->d_name);
        assert_ok(catalogue_open_alone(path.at, &released, &error));
        catalogue_compare(released, today, fail_on_change, entry->d_name);
        count++;
    }
    closedir(list);
    assert_true(count > 0);
}

static int end(void **unused)
{
    (void)unused;
    scenarios_end();
    return 0;
}

int main(void)
{
    scenarios_check_by(&shop.schemas);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_cause_the_events_of_the_catalogue_and_no_others),
        cmocka_unit_test(every_example_matches_its_schema),
        cmocka_unit_test(every_schema_is_closed_and_described),
        cmocka_unit_test(bodies_are_accepted_and_rejected_by_the_rules_of_the_domain),
        cmocka_unit_test(texts_have_at_most_500_characters_and_ids_128),
        cmocka_unit_test(the_schemas_are_compatible_with_those_of_every_release),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
