/* What a catalogue may have over the one in use, and what it may not. */
#include "schema/catalogue/catalogue_compare.h"
#include "tests/support/claims.h"

#include <sys/stat.h>

#define SENT                                                                                       \
    "{\"type\":\"object\",\"required\":[\"town\"],\"properties\":{\"town\":{\"type\":\"string\"}}" \
    "}"
#define UPCASTER "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"drop\":\"/x\"}]}"

static struct error error;

struct side {
    const char *directory;
    struct catalogue *catalogue;
};

struct fixture {
    struct side before, after;
};

static void put(struct side *side, const char *folder, const char *name, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", side->directory, folder);
    mkdir(path.at, 0700);
    text_printf(&path, "/%s.json", name);
    test_file_write(path.at, content);
}

static void begin(struct side *side)
{
    side->directory = test_directory_make();
    put(side, "events", "parcel.sent.v1", SENT);
    put(side, "commands", "parcel.send", SENT);
}

static void end(struct side *side)
{
    catalogue_close(side->catalogue);
    test_directory_remove(side->directory);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    begin(&fixture->before);
    begin(&fixture->after);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    end(&fixture->before);
    end(&fixture->after);
    free(fixture);
    return 0;
}

static enum err check(struct fixture *fixture, struct catalogue_news *news)
{
    assert_ok(catalogue_open(NULL, fixture->before.directory, &fixture->before.catalogue, &error));
    assert_ok(catalogue_open(NULL, fixture->after.directory, &fixture->after.catalogue, &error));
    return catalogue_compare_update(fixture->before.catalogue, fixture->before.catalogue,
                                    fixture->after.catalogue, news, &error);
}

static void unchanged_files_are_not_reported(void **state)
{
    AUTO(catalogue_news) struct catalogue_news news = {0};
    assert_ok(check(*state, &news));
    assert_int_equal(news.added_count + news.changed_count + news.upcaster_count, 0);
}

static void new_files_are_named(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    put(&fixture->after, "events", "parcel.sent.v2", "{}");
    put(&fixture->after, "events", "parcel.lost.v1", "{}");
    put(&fixture->after, "commands", "parcel.lose", "{}");
    put(&fixture->after, "upcasters", "parcel.sent.v1", UPCASTER);
    assert_ok(check(fixture, &news));
    assert_string_equal(
        news.added.at,
        "events/parcel.lost.v1.json, events/parcel.sent.v2.json, commands/parcel.lose.json");
    assert_string_equal(news.upcasters.at, "upcasters/parcel.sent.v1.json");
    assert_int_equal(news.changed_count, 0);
}

static void a_long_list_is_cut(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    for (int i = 0; i < 30; i++) {
        AUTO(text) struct text name = {0};
        text_printf(&name, "a.v%d", i);
        put(&fixture->after, "events", name.at, "{}");
    }
    assert_ok(check(fixture, &news));
    assert_int_equal(news.added_count, 30);
    assert_string_equal(news.added.at + news.added.length - strlen(", …"), ", …");
}

static void a_wider_schema_is_a_change(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    put(&fixture->after, "events", "parcel.sent.v1",
        "{\"type\":\"object\",\"properties\":{\"town\":{\"type\":\"string\"},\"to\":{}}}");
    assert_ok(check(fixture, &news));
    assert_string_equal(news.changed.at, "events/parcel.sent.v1.json");
    assert_int_equal(news.added_count, 0);
}

static void a_changed_or_removed_upcaster_is_reported(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    put(&fixture->before, "events", "parcel.sent.v2", "{}");
    put(&fixture->after, "events", "parcel.sent.v2", "{}");
    put(&fixture->before, "events", "parcel.lost.v1", "{}");
    put(&fixture->after, "events", "parcel.lost.v1", "{}");
    put(&fixture->before, "events", "parcel.lost.v2", "{}");
    put(&fixture->after, "events", "parcel.lost.v2", "{}");
    put(&fixture->before, "upcasters", "parcel.sent.v1", UPCASTER);
    put(&fixture->after, "upcasters", "parcel.sent.v1",
        "{\"to\":\"parcel.sent.v2\",\"operations\":[]}");
    put(&fixture->before, "upcasters", "parcel.lost.v1",
        "{\"to\":\"parcel.lost.v2\",\"operations\":[]}");
    assert_ok(check(fixture, &news));
    assert_string_equal(news.upcasters.at,
                        "upcasters/parcel.sent.v1.json, upcasters/parcel.lost.v1.json");
}

static void incompatible_changes_are_rejected(void **state)
{
    static const struct {
        const char *folder, *name, *content, *told;
    } bad[] = {
        {"events", "parcel.sent.v1", "{}",
         "events/parcel.sent.v1.json: \"/town\": the field is removed"},
        {"commands", "parcel.send", "{}",
         "commands/parcel.send.json: \"/town\": the field is removed"},
        {"events", "parcel.sent.v1",
         "{\"required\":[\"town\",\"to\"],\"properties\":{\"town\":{\"type\":\"integer\"}}}",
         "(and 1 more)"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO(catalogue_news) struct catalogue_news news = {0};
        put(&fixture->after, "events", "parcel.sent.v1", SENT);
        put(&fixture->after, "commands", "parcel.send", SENT);
        put(&fixture->after, bad[i].folder, bad[i].name, bad[i].content);
        assert_int_equal(check(fixture, &news), ERR_DEFINITION);
        assert_text_contains(error.text, bad[i].told);
        catalogue_close(fixture->before.catalogue);
        catalogue_close(fixture->after.catalogue);
        fixture->before.catalogue = fixture->after.catalogue = NULL;
    }
}

static void a_type_is_not_taken_away(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    put(&fixture->before, "events", "parcel.lost.v1", "{}");
    assert_int_equal(check(fixture, &news), ERR_DEFINITION);
    assert_text_contains(error.text, "events/parcel.lost.v1.json: it is removed");
}

static void a_catalogue_lives_as_long_as_its_last_holder(void **state)
{
    struct fixture *fixture = *state;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    assert_ok(check(fixture, &news));
    struct catalogue *held = catalogue_hold(fixture->after.catalogue);
    assert_ptr_equal(held, fixture->after.catalogue);
    catalogue_close(held);
    assert_non_null(catalogue_event(fixture->after.catalogue, slice_of("parcel.sent.v1")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unchanged_files_are_not_reported),
        TEST(new_files_are_named),
        TEST(a_long_list_is_cut),
        TEST(a_wider_schema_is_a_change),
        TEST(a_changed_or_removed_upcaster_is_reported),
        TEST(incompatible_changes_are_rejected),
        TEST(a_type_is_not_taken_away),
        TEST(a_catalogue_lives_as_long_as_its_last_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
