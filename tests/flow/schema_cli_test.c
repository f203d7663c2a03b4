/* annal schema as developers use it, and two versions of an event in one log of the real program.
 */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <sys/stat.h>

static const char *data;

static void put(const char *file, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", data, file);
    for (char *slash = path.at + strlen(data) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path.at, 0700);
        *slash = '/';
    }
    test_file_write(path.at, content);
}

static char *in_data(const char *file)
{
    struct text path = {0};
    text_printf(&path, "%s/%s", data, file);
    return text_take(&path);
}

#define V1                                                                                         \
    "{\"type\":\"object\",\"required\":[\"town\"],\"properties\":{\"town\":{\"type\":\"string\"}," \
    "\"weight\":{\"type\":\"string\"}},\"examples\":[{\"town\":\"Aarhus\",\"weight\":\"3\"}]}"
#define V2                                                                                         \
    "{\"type\":\"object\",\"required\":[\"city\"],\"properties\":{\"city\":{\"type\":\"string\"}," \
    "\"weight\":{\"type\":\"integer\"}}}"
#define UPCASTER                                                                                   \
    "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/town\",\"to\":\"city\"},"           \
    "{\"convert\":\"/weight\",\"to\":\"integer\"}]}"
#define PROPERTIES_WITHOUT_CITY                                                                    \
    "{\"type\":\"object\",\"required\":[\"weight\"],\"properties\":{\"weight\":{\"type\":"         \
    "\"integer\"}}}"
#define MODEL                                                                                      \
    "-- schema\nCREATE TABLE parcels (id TEXT PRIMARY KEY, city TEXT, weight INTEGER) STRICT;\n"   \
    "-- on parcel.sent.v2\n"                                                                       \
    "INSERT INTO parcels VALUES (:id, :data ->> 'city', :data ->> 'weight');\n"

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    put("own/events/parcel.sent.v1.json", V1);
    put("own/events/parcel.sent.v2.json", V2);
    put("own/upcasters/parcel.sent.v1.json", UPCASTER);
    put("models/parcels.sql", MODEL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_directory_remove(data);
    return 0;
}

static void all_types_are_listed(void **state)
{
    (void)state;
    AUTO(string) char *own = in_data("own");
    AUTO(text) struct text out = {0};
    assert_int_equal(
        annal_run(data, (const char *[]){"schema", "--schemas", own, NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "loan.opened.v1");
    assert_text_contains(out.at, "loan.add-book");
    assert_text_contains(out.at, "parcel.sent.v2\n");
}

static void documents_are_validated_with_pointer_and_reason(void **state)
{
    (void)state;
    AUTO(string) char *schema = in_data("own/events/parcel.sent.v2.json");
    AUTO(string) char *good = in_data("good.json");
    AUTO(string) char *bad = in_data("bad.json");
    AUTO(string) char *broken = in_data("broken.json");
    AUTO(text) struct text out = {0}, errors = {0};
    put("good.json", "{\"city\":\"Aarhus\"}");
    put("bad.json", "{\"weight\":\"3\"}");
    put("broken.json", "{");
    const char *fine[] = {"schema", "validate", "--schema", schema, good, NULL};
    assert_int_equal(annal_run(data, fine, &out, &errors), 0);
    assert_text_contains(out.at, "good.json: valid\n");
    text_clear(&out);
    const char *all[] = {"schema", "validate", "--schema", schema, bad, good, broken, NULL};
    assert_int_equal(annal_run(data, all, &out, &errors), 1);
    assert_text_contains(out.at, "bad.json: \"\": the field \"city\" is missing\n");
    assert_text_contains(out.at, "bad.json: \"/weight\": must be an integer, not a string\n");
    assert_text_contains(out.at, "good.json: valid\n");
    assert_text_contains(out.at, "broken.json: line 1");
    const char *shipped[] = {"schema", "validate", "--schema", "loan.cancel", good, NULL};
    assert_int_equal(annal_run(data, shipped, &out, NULL), 1);
    assert_text_contains(out.at, "the field \"reason\" is missing");
    const char *misspelt[] = {"schema", "validate", "--schema", "loan.cancl", good, NULL};
    assert_int_equal(annal_run(data, misspelt, NULL, &errors), 1);
    assert_text_contains(errors.at, "did you mean \"loan.cancel\"?");
    const char *nothing[] = {"schema", "validate", good, NULL};
    assert_int_equal(annal_run(data, nothing, NULL, NULL), 2);
}

/* The exit status must be 1; annal_run_json() requires 0. */
static json_t *run_refused(const char *const words[])
{
    AUTO(text) struct text out = {0}, errors = {0};
    assert_int_equal(annal_run(data, words, &out, &errors), 1);
    return annal_read_json_lines(&out);
}

static void json_has_verdicts_and_changes(void **state)
{
    (void)state;
    AUTO(string) char *own = in_data("own");
    AUTO(string) char *models = in_data("models");
    AUTO(string) char *changed = in_data("changed");
    AUTO(string) char *bad = in_data("bad.json");
    AUTO(string) char *broken = in_data("broken.json");
    put("bad.json", "{\"weight\":\"3\"}");
    put("broken.json", "{");
    put("changed/events/parcel.sent.v1.json", V1);
    put("changed/events/parcel.sent.v2.json", PROPERTIES_WITHOUT_CITY);
    AUTO(json)
    json_t *verdicts =
        run_refused((const char *[]){"schema", "validate", "--json", "--schemas", own, "--schema",
                                     "parcel.sent.v2", bad, broken, NULL});
    const json_t *first = json_array_get(verdicts, 0);
    assert_true(json_is_false(json_object_get(first, "valid")));
    assert_string_equal(
        json_string_or(json_array_get(json_object_get(first, "errors"), 1), "pointer", ""),
        "/weight");
    assert_text_contains(json_string_or(json_array_get(verdicts, 1), "problem", ""), "line 1");
    AUTO(json)
    json_t *changes = run_refused(
        (const char *[]){"schema", "check", "--json", own, changed, "--models", models, NULL});
    const json_t *change = json_array_get(changes, 0);
    assert_string_equal(json_string_or(change, "pointer", ""), "/city");
    assert_string_equal(
        json_string_or(json_array_get(json_object_get(change, "consumers"), 0), "model", ""),
        "parcels");
    AUTO(json)
    json_t *none = annal_run_json_lines(
        data, (const char *[]){"schema", "check", "--json", own, own, "--models", models, NULL});
    assert_int_equal(json_array_size(none), 0);
}

static void consumers_of_a_field_are_named(void **state)
{
    (void)state;
    AUTO(string) char *own = in_data("own");
    AUTO(string) char *models = in_data("models");
    const char *words[] = {"schema", "consumers", "parcel.*", "--json", "--schemas",
                           own,      "--models",  models,     NULL};
    AUTO(json) json_t *list = annal_run_json_lines(data, words);
    assert_int_equal(json_array_size(list), 2);
    const json_t *city = json_array_get(list, 0);
    assert_string_equal(json_string_or(city, "field", ""), "/city");
    assert_string_equal(json_string_or(city, "model", ""), "parcels");
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data, (const char *[]){"schema", "consumers", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "/books/*/bookId");
    /* A model that handles a type without reading its data is a consumer too. */
    text_clear(&out);
    assert_int_equal(annal_run(data,
                               (const char *[]){"schema", "consumers", "loan.cancelled.v1", NULL},
                               &out, NULL),
                     0);
    assert_text_contains(out.at, "(none)");
    const char *unknown[] = {"schema", "consumers", "loan.cancelld.*", NULL};
    assert_int_equal(annal_run(data, unknown, NULL, NULL), 1);
    assert_text_contains(out.at, "loans");
}

static void an_incompatible_change_is_rejected_with_the_consumers_that_break(void **state)
{
    (void)state;
    AUTO(string) char *own = in_data("own");
    AUTO(string) char *changed = in_data("changed");
    AUTO(string) char *models = in_data("models");
    AUTO(text) struct text out = {0}, errors = {0};
    put("changed/events/parcel.sent.v1.json", V1);
    put("changed/events/parcel.sent.v2.json", PROPERTIES_WITHOUT_CITY);
    const char *words[] = {"schema", "check", own, changed, "--models", models, NULL};
    assert_int_equal(annal_run(data, words, &out, &errors), 1);
    assert_text_contains(out.at, "parcel.sent.v2: \"/city\": the field is removed\n"
                                 "  parcels reads \"/city\" (line 4)\n");
    assert_text_contains(out.at, "parcel.sent.v2: \"/weight\": the field is newly required\n");
    assert_text_contains(errors.at, "2 incompatible changes");
    AUTO(string) char *fewer = in_data("fewer");
    put("fewer/events/parcel.sent.v2.json", V2);
    put("with/events/parcel.lost.v1.json", "{}");
    put("with/events/parcel.sent.v2.json", V2);
    put("other/parcels.sql", MODEL "-- on parcel.lost.v1\nDELETE FROM parcels WHERE id = :id;\n");
    AUTO(string) char *with = in_data("with");
    AUTO(string) char *other = in_data("other");
    const char *removed[] = {"schema", "check", with, fewer, "--models", other, NULL};
    assert_int_equal(annal_run(data, removed, &out, &errors), 1);
    assert_text_contains(out.at,
                         "parcel.lost.v1: \"\": it is removed\n  parcels handles it (line ");
    const char *same[] = {"schema", "check", own, own, "--models", models, NULL};
    assert_int_equal(annal_run(data, same, &out, NULL), 0);
    put("before/events/parcel.sent.v1.json", V1); /* the read model uses the newer version */
    AUTO(string) char *before = in_data("before");
    const char *ahead[] = {"schema", "check", before, own, "--models", models, NULL};
    assert_int_equal(annal_run(data, ahead, &out, &errors), 0);
    const char *nowhere[] = {"schema", "check", own, "/nowhere", NULL};
    assert_int_equal(annal_run(data, nowhere, NULL, &errors), 1);
}

static void append(const char *address, const char *stream, const char *type, const char *json)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text event = {0}, path = {0};
    text_printf(&event,
                "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/test\",\"type\":\"%s\","
                "\"data\":%s}",
                stream, type, json);
    text_printf(&path, "/streams/%s", stream);
    struct http_call call = {.method = "POST",
                             .path = path.at,
                             .headers = {"Content-Type: application/cloudevents+json"},
                             .body = event.at};
    AUTO(http_client) struct http_client *client = http_client_open(address);
    http_client_call(client, &call, &reply);
    assert_int_equal(reply.status, 201);
}

static void two_versions_live_in_one_log_and_readers_see_the_newest(void **state)
{
    (void)state;
    AUTO(string) char *own = in_data("own");
    AUTO(string) char *models = in_data("models");
    struct annal_process commands, projector;
    annal_start(
        &commands, data,
        (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", "--schemas", own, NULL});
    append(annal_address(&commands, NULL), "parcel/P-1", "parcel.sent.v1",
           "{\"town\":\"Aarhus\",\"weight\":\"3\"}");
    append(annal_address(&commands, NULL), "parcel/P-2", "parcel.sent.v2",
           "{\"city\":\"Odense\",\"weight\":4}");
    annal_start(
        &projector, data,
        (const char *[]){"projector", "parcels", "--schemas", own, "--models", models, NULL});
    const char *check[] = {"check", "parcels", NULL};
    wait_until_task(20, annal_run(data, check, NULL, NULL) == 0);
    AUTO(text) struct text out = {0}, log = {0};
    struct annal_process queries;
    AUTO(http_reply) struct http_reply reply = {0};
    annal_start(&queries, data,
                (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", "--schemas", own,
                                 "--models", models, NULL});
    http_get(annal_address(&queries, NULL), "/read/parcels/P-1", &reply);
    assert_int_equal(reply.status, 200);
    assert_text_contains(reply.body.at, "\"city\":\"Aarhus\"");
    assert_text_contains(reply.body.at, "\"weight\":3");
    assert_int_equal(annal_run(data, (const char *[]){"events", "--json", NULL}, &log, NULL), 0);
    assert_text_contains(log.at, "{\"town\":\"Aarhus\",\"weight\":\"3\"}");
    assert_int_equal(annal_run(data, (const char *[]){"verify", NULL}, &out, NULL), 0);
    annal_stop(&queries, 20);
    annal_stop(&projector, 20);
    annal_stop(&commands, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_are_listed),
        cmocka_unit_test(documents_are_validated_with_pointer_and_reason),
        cmocka_unit_test(json_has_verdicts_and_changes),
        cmocka_unit_test(consumers_of_a_field_are_named),
        cmocka_unit_test(an_incompatible_change_is_rejected_with_the_consumers_that_break),
        cmocka_unit_test(two_versions_live_in_one_log_and_readers_see_the_newest),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
