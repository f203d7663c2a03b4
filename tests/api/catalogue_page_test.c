/* The catalogue's pages, and an external schema in the OpenAPI document. */
#include "api/catalogue_page.h"
#include "api/html.h"
#include "api/openapi_component.h"
#include "api/openapi_expand.h"
#include "tests/domain/lending.h"
#include "tests/support/claims.h"

#include <sys/stat.h>

#define EVIL "<script>alert(\\\"x\\\")</script>"

static const char parcel_v1[] =
    "{\"type\":\"object\",\"title\":\"A <parcel> left\",\"description\":\"" EVIL
    " & more\",\"properties\":{\"member\":{\"type\":\"string\",\"description\":\"'who'\"}},"
    "\"examples\":[{\"member\":\"C & A\"}]}";
static const char parcel_v2[] =
    "{\"type\":\"object\",\"required\":[\"lines\"],\"$defs\":{\"line\":{\"type\":\"object\","
    "\"properties\":{\"of\":{\"$ref\":\"#/$defs/line\"}}}},"
    "\"properties\":{\"memberId\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[^<]+$\"},"
    "\"lines\":{\"type\":\"array\",\"maxItems\":5,\"items\":{\"type\":\"object\","
    "\"required\":[\"kind\"],\"properties\":{\"kind\":{\"enum\":[\"a\",\"b\"]}}}},"
    "\"first\":{\"$ref\":\"#/$defs/line\"},"
    "\"$ref\":{\"const\":{\"$ref\":\"#/left/alone\"}}},\"default\":{\"$ref\":\"#/so/too\"}}";
static const char upcaster[] =
    "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/member\",\"to\":\"memberId\"},"
    "{\"default\":\"/lines\",\"value\":[]}]}";

struct fixture {
    const char *directory;
    struct catalogue *catalogue;
};

static void write_file(const char *directory, const char *name, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, name);
    *strrchr(path.at, '/') = '\0';
    mkdir(path.at, 0700);
    text_clear(&path);
    text_printf(&path, "%s/%s", directory, name);
    test_file_write(path.at, content);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->directory = test_directory_make();
    write_file(fixture->directory, "events/parcel.sent.v1.json", parcel_v1);
    write_file(fixture->directory, "events/parcel.sent.v2.json", parcel_v2);
    write_file(fixture->directory, "upcasters/parcel.sent.v1.json", upcaster);
    assert_ok(catalogue_open(&lending.schemas, fixture->directory, &fixture->catalogue, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    catalogue_close(fixture->catalogue);
    test_directory_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void write_page(const struct fixture *fixture, const char *type, struct text *out)
{
    const struct catalogue_entry *entry = catalogue_event(fixture->catalogue, slice_of(type));
    assert_non_null(entry);
    static const struct consumers nobody;
    AUTO(json)
    json_t *json = entry_json_make(lending.aggregates, fixture->catalogue, entry, &nobody);
    catalogue_page_write(json, out);
}

static void everything_on_a_page_is_escaped(void **state)
{
    AUTO(text) struct text page = {0};
    write_page(*state, "parcel.sent.v1", &page);
    assert_null(strstr(page.at, "<script"));
    assert_text_contains(page.at, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more");
    assert_text_contains(page.at, "<td>&#39;who&#39;</td>");
    assert_text_contains(page.at, "C &amp; A");
    assert_text_contains(page.at, "<p>A &lt;parcel&gt; left");
    AUTO(text) struct text list = {0};
    catalogue_page_write_list(((struct fixture *)*state)->catalogue, &list);
    assert_text_contains(list.at, "A &lt;parcel&gt; left");
    assert_text_contains(list.at, "<a href=\"/schemas/loan.open\">loan.open</a>");
}

static void fields_are_shown_however_deep_with_their_rules(void **state)
{
    AUTO(text) struct text page = {0};
    write_page(*state, "parcel.sent.v2", &page);
    assert_text_contains(page.at, "<code>memberId</code></td><td>string or null</td>"
                                  "<td>pattern <code>^[^&lt;]+$</code>");
    assert_text_contains(page.at, "<code>lines</code></td><td>array</td><td>required<br>"
                                  "maxItems <code>5</code>");
    assert_text_contains(page.at,
                         "<code>lines[].kind</code></td><td></td><td>required<br>one of a, b</td>");
}

static void the_page_lists_versions_and_upcasters(void **state)
{
    AUTO(text) struct text page = {0};
    write_page(*state, "parcel.sent.v1", &page);
    assert_text_contains(page.at,
                         "Versions</h2>\n<ul>\n<li><a href=\"/schemas/parcel.sent.v1\">"
                         "parcel.sent.v1</a></li>\n<li><a href=\"/schemas/parcel.sent.v2\">");
    assert_text_contains(page.at, "annal reads this type as <a href=\"/schemas/parcel.sent.v2\">");
    assert_text_contains(page.at, "&quot;rename&quot;: &quot;/member&quot;");
    assert_text_contains(page.at, "no command");
    assert_text_contains(page.at, "Consumers of <a href=\"/schemas/parcel.sent.v2\">");
    text_clear(&page);
    write_page(*state, "parcel.sent.v2", &page);
    assert_text_contains(page.at, "No read model and no saga reads this type.");
}

static void the_page_links_commands_and_events(void **state)
{
    const struct fixture *fixture = *state;
    AUTO(text) struct text page = {0};
    write_page(fixture, "loan.lent.v1", &page);
    assert_text_contains(page.at, "the command <a href=\"/schemas/loan.lend\">");
    assert_null(strstr(page.at, "no command"));
    text_clear(&page);
    AUTO(json)
    json_t *command = entry_json_make(lending.aggregates, fixture->catalogue,
                                      catalogue_command(fixture->catalogue, "loan", "open"), NULL);
    assert_string_equal(json_string_or(command, "path", ""), "/commands/loan/{id}/open");
    catalogue_page_write(command, &page);
    assert_text_contains(page.at, "May cause</h2>\n<ul>\n<li><a href=\"/schemas/loan.opened.v1\">");
}

static void all_that_is_known_of_a_type_is_json_too(void **state)
{
    const struct fixture *fixture = *state;
    AUTO(json)
    json_t *sent =
        entry_json_make(lending.aggregates, fixture->catalogue,
                        catalogue_event(fixture->catalogue, slice_of("parcel.sent.v1")), NULL);
    AUTO(text) struct text versions = {0}, upcaster_text = {0};
    json_write(json_object_get(sent, "versions"), &versions);
    json_write(json_object_get(sent, "upcaster"), &upcaster_text);
    assert_string_equal(versions.at, "[\"parcel.sent.v1\",\"parcel.sent.v2\"]");
    assert_string_equal(upcaster_text.at, upcaster);
    assert_string_equal(json_string_or(sent, "readAs", ""), "parcel.sent.v2");
    assert_string_equal(json_string_or(sent, "title", ""), "A <parcel> left");
    assert_int_equal(json_array_size(json_object_get(sent, "producers")), 0);
    assert_true(json_is_null(json_object_get(sent, "consumers")));
    AUTO(json)
    json_t *lent =
        entry_json_make(lending.aggregates, fixture->catalogue,
                        catalogue_event(fixture->catalogue, slice_of("loan.lent.v1")), NULL);
    assert_string_equal(
        json_string_or(json_array_get(json_object_get(lent, "producers"), 0), "command", ""),
        "loan.lend");
    assert_string_equal(json_string_or(lent, "readAs", ""), "loan.lent.v1");
}

static void the_page_lists_consumers(void **state)
{
    const struct fixture *fixture = *state;
    AUTO(models) struct models *models = NULL;
    AUTO(consumers) struct consumers consumers = {0};
    AUTO(text) struct text page = {0};
    assert_ok(models_open(lending.read_models, NULL, fixture->catalogue, &models, &error));
    assert_ok(consumers_collect(models, fixture->catalogue, &consumers, &error));
    consumers_add_saga(&consumers, "shelf.stocked.v1", "a_saga");
    AUTO(json)
    json_t *read = entry_json_make(
        lending.aggregates, fixture->catalogue,
        catalogue_event(fixture->catalogue, slice_of("shelf.stocked.v1")), &consumers);
    const json_t *list = json_object_get(read, "consumers");
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(json_string_or(json_array_get(list, 0), "model", ""), "shelves");
    assert_string_equal(json_string_or(json_array_get(list, 0), "field", ""), "/copies");
    assert_true(json_int_or(json_array_get(list, 0), "line", 0) > 0);
    assert_string_equal(json_string_or(json_array_get(list, 2), "saga", ""), "a_saga");
    catalogue_page_write(read, &page);
    assert_text_contains(page.at, "<td>shelves</td>\n<td>read model</td>\n<td>/copies</td>");
    assert_text_contains(page.at, "<td>a_saga</td>\n<td>saga</td>");
    AUTO(json)
    json_t *unread = entry_json_make(
        lending.aggregates, fixture->catalogue,
        catalogue_event(fixture->catalogue, slice_of("parcel.sent.v2")), &consumers);
    text_clear(&page);
    catalogue_page_write(unread, &page);
    assert_text_contains(page.at, "No read model and no saga reads this type.");
}

static void references_of_a_schema_are_led_into_the_document(void **state)
{
    const struct fixture *fixture = *state;
    AUTO(json) json_t *components = json_pack("{s:{}}", "schemas");
    struct openapi openapi = {.components = components};
    AUTO(text) struct text written = {0};
    AUTO(json)
    json_t *reference = openapi_component_add_schema(
        &openapi, catalogue_event(fixture->catalogue, slice_of("parcel.sent.v2")));
    json_write(components, &written);
    assert_text_contains(written.at,
                         "\"first\":{\"$ref\":\"#/components/schemas/parcel.sent.v2/$defs/line\"}");
    assert_text_contains(written.at, "{\"$ref\":\"#/left/alone\"}");
    assert_text_contains(written.at, "{\"$ref\":\"#/so/too\"}");
    assert_null(strstr(written.at, "\"#/$defs"));
    assert_string_equal(json_string_or(reference, "$ref", ""),
                        "#/components/schemas/parcel.sent.v2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_on_a_page_is_escaped),
        TEST(fields_are_shown_however_deep_with_their_rules),
        TEST(the_page_lists_versions_and_upcasters),
        TEST(the_page_links_commands_and_events),
        TEST(all_that_is_known_of_a_type_is_json_too),
        TEST(the_page_lists_consumers),
        TEST(references_of_a_schema_are_led_into_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
