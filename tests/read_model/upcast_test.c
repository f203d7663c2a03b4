/* Read models see only the newest version of an event, whichever the log holds. */
#include "tests/domain/lending.h"
#include "tests/read_model/model_fixture.h"
#include "tests/support/claims.h"

#include "base/statement.h"

#include <sys/stat.h>

static void put(const struct model_fixture *fixture, const char *file, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/own/%s", fixture->directory, file);
    test_file_write(path.at, content);
}

/* The catalogue with parcel.sent.v1 and v2, in which the town is called city; `carrier` is whom
 * parcels of v1 went with. */
static void use_versions(struct model_fixture *fixture, const char *carrier)
{
    static const char *const folders[] = {"own", "own/events", "own/upcasters"};
    for (size_t i = 0; i < 3; i++) {
        AUTO(string) char *path = model_fixture_path(fixture, folders[i]);
        mkdir(path, 0700);
    }
    AUTO(text) struct text upcaster = {0};
    text_printf(&upcaster,
                "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/town\",\"to\":\"city\"},"
                "{\"convert\":\"/weight\",\"to\":\"integer\"},"
                "{\"default\":\"/carrier\",\"value\":\"%s\"}]}",
                carrier);
    put(fixture, "events/parcel.sent.v1.json", "{\"properties\":{\"town\":{},\"weight\":{}}}");
    put(fixture, "events/parcel.sent.v2.json",
        "{\"properties\":{\"city\":{},\"weight\":{},\"carrier\":{}}}");
    put(fixture, "upcasters/parcel.sent.v1.json", upcaster.at);
    AUTO(string) char *own = model_fixture_path(fixture, "own");
    catalogue_close(fixture->catalogue);
    fixture->catalogue = NULL;
    assert_ok(catalogue_open(&lending.schemas, own, &fixture->catalogue, &error));
}

#define PARCELS                                                                                    \
    "-- schema\nCREATE TABLE parcels (id TEXT PRIMARY KEY, city TEXT, weight, carrier TEXT, type " \
    "TEXT) WITHOUT ROWID;\n-- on parcel.sent.v2\n"                                                 \
    "INSERT INTO parcels VALUES (:id, :data ->> 'city', :data ->> 'weight', :data ->> 'carrier', " \
    ":type);\n"

#define V1 "{\"town\":\"Aarhus\",\"weight\":\"3\"}"
#define V2 "{\"city\":\"Odense\",\"weight\":4,\"carrier\":\"DHL\"}"

static const char *rows(struct model_fixture *fixture)
{
    return model_fixture_rows(fixture, "SELECT * FROM parcels ORDER BY id");
}

static void a_handler_of_the_newest_version_receives_all_versions(void **state)
{
    struct model_fixture *fixture = *state;
    use_versions(fixture, "post");
    model_fixture_open(fixture, "parcels", PARCELS);
    assert_ok(model_fixture_apply(fixture, "parcel/A", 1, "parcel.sent.v1", V1, &error));
    assert_ok(model_fixture_apply(fixture, "parcel/B", 1, "parcel.sent.v2", V2, &error));
    assert_string_equal(rows(fixture), "A|Aarhus|3|post|parcel.sent.v2\n"
                                       "B|Odense|4|DHL|parcel.sent.v2\n");
}

static void an_event_that_cannot_be_upcast_is_poison(void **state)
{
    struct model_fixture *fixture = *state;
    use_versions(fixture, "post");
    model_fixture_open(fixture, "parcels", PARCELS);
    struct error error = {0};
    assert_int_equal(model_fixture_apply(fixture, "parcel/A", 1, "parcel.sent.v1",
                                         "{\"weight\":\"heavy\"}", &error),
                     ERR_POISON);
    assert_text_contains(error.text, "parcel.sent.v1 of parcel/A: upcast to parcel.sent.v2");
}

static void a_handler_of_an_old_version_is_rejected(void **state)
{
    struct model_fixture *fixture = *state;
    struct model *model = NULL;
    struct error error = {0};
    use_versions(fixture, "post");
    const char *text = "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n"
                       "-- on parcel.sent.v1\nINSERT INTO t VALUES (:id);\n";
    assert_int_equal(model_read("t.sql", slice_of(text), fixture->catalogue, &model, &error),
                     ERR_DEFINITION);
    assert_string_equal(error.text, "t.sql:3: events of parcel.sent.v1 are read as parcel.sent.v2; "
                                    "handle parcel.sent.v2 instead");
}

static char *hash_of(struct model_fixture *fixture, const char *carrier, const char *text)
{
    AUTO(model) struct model *model = NULL;
    use_versions(fixture, carrier);
    assert_ok(model_read("t.sql", slice_of(text), fixture->catalogue, &model, &error));
    return strdup(model_definition_hash(model));
}

static void a_changed_upcaster_changes_only_the_definitions_that_use_it(void **state)
{
    struct model_fixture *fixture = *state;
    const char *other = "-- schema\nCREATE TABLE t (id TEXT PRIMARY KEY) STRICT;\n"
                        "-- on loan.requested.v1\nINSERT INTO t VALUES (:id);\n";
    AUTO(string) char *post = hash_of(fixture, "post", PARCELS);
    AUTO(string) char *dhl = hash_of(fixture, "DHL", PARCELS);
    AUTO(string) char *other_post = hash_of(fixture, "post", other);
    AUTO(string) char *other_dhl = hash_of(fixture, "DHL", other);
    assert_string_not_equal(post, dhl);
    assert_string_equal(other_post, other_dhl);
}

static void a_generation_keeps_the_upcasters_it_was_built_with(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(model_store) struct model_store *again = NULL;
    AUTO(statement) struct statement *select = NULL;
    AUTO(string) char *path = model_fixture_path(fixture, "own.db");
    struct event event = {.position = 1,
                          .version = 1,
                          .stream = slice_of("parcel/A"),
                          .type = slice_of("parcel.sent.v1"),
                          .data = slice_of(V1),
                          .meta = slice_of("{}")};
    struct checkpoint checkpoint = {.position = 1};
    bool row = false;
    use_versions(fixture, "post");
    model_fixture_open(fixture, "parcels", PARCELS);
    assert_ok(model_store_create(path, fixture->model, DB_VOLATILE, &again, &error));
    model_store_close(again);
    again = NULL;
    use_versions(fixture, "DHL");
    assert_ok(model_store_open(path, DB_VOLATILE, &again, &error));
    assert_ok(model_store_begin(again, &error));
    assert_ok(model_store_apply(again, &event, &error));
    assert_ok(model_store_commit(again, &checkpoint, &error));
    assert_ok(
        statement_prepare(model_store_db(again), "SELECT carrier FROM parcels", &select, &error));
    assert_ok(statement_step(select, &row, &error));
    assert_true(row && slice_is(statement_text(select, 0), "post"));
}

static void a_file_of_a_version_without_upcasters_opens(void **state)
{
    struct model_fixture *fixture = *state;
    AUTO(model_store) struct model_store *store = NULL;
    AUTO(string) char *path = model_fixture_path(fixture, "old.db");
    use_versions(fixture, "post");
    model_fixture_open(fixture, "parcels", PARCELS);
    assert_ok(model_store_create(path, fixture->model, DB_VOLATILE, &store, &error));
    assert_ok(db_execute(model_store_db(store), "DROP TABLE annal_upcasters", &error));
    model_store_close(store);
    store = NULL;
    assert_ok(model_store_open(path, DB_VOLATILE, &store, &error));
}

#define CLAIM(name)                                                                                \
    cmocka_unit_test_setup_teardown(name, model_fixture_setup, model_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_handler_of_the_newest_version_receives_all_versions),
        CLAIM(an_event_that_cannot_be_upcast_is_poison),
        CLAIM(a_handler_of_an_old_version_is_rejected),
        CLAIM(a_changed_upcaster_changes_only_the_definitions_that_use_it),
        CLAIM(a_generation_keeps_the_upcasters_it_was_built_with),
        CLAIM(a_file_of_a_version_without_upcasters_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
