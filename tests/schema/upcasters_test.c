/* Upcasters of a catalogue: chains of versions, and what must hold between them and the types. */
#include "tests/support/claims.h"

#include "base/embedded.h"
#include "schema/catalogue/catalogue.h"

#include <sys/stat.h>

static int make_directory(void **state)
{
    const char *directory = test_directory_make();
    const char *const folders[] = {"events", "upcasters"};
    for (size_t i = 0; i < 2; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", directory, folders[i]);
        mkdir(path.at, 0700);
    }
    *state = (void *)directory;
    return 0;
}

static int remove_directory(void **state)
{
    test_directory_remove(*state);
    return 0;
}

static void put(const char *directory, const char *file, const char *content)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", directory, file);
    test_file_write(path.at, content);
}

static void put_versions(const char *directory)
{
    put(directory, "events/parcel.sent.v1.json",
        "{\"required\":[\"town\"],\"examples\":[{\"town\":\"Aarhus\",\"weight\":\"3\"}]}");
    put(directory, "events/parcel.sent.v2.json",
        "{\"required\":[\"city\"],\"properties\":{\"weight\":{\"type\":\"integer\"}}}");
    put(directory, "events/parcel.sent.v3.json", "{\"required\":[\"city\",\"carrier\"]}");
    put(directory, "upcasters/parcel.sent.v1.json",
        "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/town\",\"to\":\"city\"},"
        "{\"convert\":\"/weight\",\"to\":\"integer\"}]}");
    put(directory, "upcasters/parcel.sent.v2.json",
        "{\"to\":\"parcel.sent.v3\",\"operations\":[{\"default\":\"/"
        "carrier\",\"value\":\"post\"}]}");
}

static const struct embedded_file built_in_events[] = {{"account.opened.v1.json", {"true", 4}},
                                                       {0}};
static const struct catalogue_files built_in = {.events = built_in_events};

static struct catalogue *open_own(const char *directory)
{
    struct catalogue *catalogue = NULL;
    assert_ok(catalogue_open(&built_in, directory, &catalogue, &error));
    return catalogue;
}

static void assert_refused(const char *directory, const char *file, const char *why)
{
    struct catalogue *catalogue = NULL;
    struct error error = {0};
    assert_int_equal(catalogue_open(&built_in, directory, &catalogue, &error), ERR_DEFINITION);
    assert_text_contains(error.text, file);
    assert_text_contains(error.text, why);
}

static void an_event_is_read_as_its_newest_version(void **state)
{
    put_versions(*state);
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    const struct upcasters *upcasters = catalogue_upcasters(catalogue);
    AUTO(text) struct text buffer = {0};
    struct event old = {.position = 7,
                        .type = slice_of("parcel.sent.v1"),
                        .data = slice_of("{\"town\":\"Odense\",\"weight\":\"5\"}")};
    struct event read;
    assert_ok(upcasters_read_event(upcasters, &old, &buffer, &read, &error));
    assert_true(slice_is(read.type, "parcel.sent.v3"));
    assert_true(slice_is(read.data, "{\"weight\":5,\"city\":\"Odense\",\"carrier\":\"post\"}"));
    assert_int_equal(read.position, 7);
    assert_true(slice_is(old.type, "parcel.sent.v1"));
    assert_true(
        slice_is(upcasters_newest(upcasters, slice_of("parcel.sent.v2")), "parcel.sent.v3"));
}

static void an_event_without_an_upcaster_is_read_as_it_is(void **state)
{
    put_versions(*state);
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    AUTO(text) struct text buffer = {0};
    struct event event = {.type = slice_of("account.opened.v1"), .data = slice_of("{}")}, read;
    assert_ok(upcasters_read_event(catalogue_upcasters(catalogue), &event, &buffer, &read, &error));
    assert_ptr_equal(read.data.at, event.data.at);
    assert_int_equal(buffer.capacity, 0);
}

static void data_that_cannot_be_upcast_is_poison_and_named(void **state)
{
    put_versions(*state);
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    AUTO(text) struct text buffer = {0};
    struct error error = {0};
    struct event event = {.position = 9,
                          .stream = slice_of("parcel/P-1"),
                          .type = slice_of("parcel.sent.v1"),
                          .data = slice_of("{\"weight\":\"heavy\"}")},
                 read;
    const struct upcasters *upcasters = catalogue_upcasters(catalogue);
    assert_int_equal(upcasters_read_event(upcasters, &event, &buffer, &read, &error), ERR_POISON);
    assert_text_contains(error.text, "event 9, parcel.sent.v1 of parcel/P-1: upcast to "
                                     "parcel.sent.v2: convert /weight");
    event.data = slice_of("{");
    assert_int_equal(upcasters_read_event(upcasters, &event, &buffer, &read, &error), ERR_CORRUPT);
}

static void the_hash_covers_upcasters(void **state)
{
    put_versions(*state);
    AUTO(catalogue) struct catalogue *before = open_own(*state);
    put(*state, "upcasters/parcel.sent.v2.json",
        "{\"to\":\"parcel.sent.v3\",\"operations\":[{\"default\":\"/"
        "carrier\",\"value\":\"DHL\"}]}");
    AUTO(catalogue) struct catalogue *after = open_own(*state);
    assert_string_not_equal(catalogue_hash(before), catalogue_hash(after));
}

static void upcasters_that_do_not_match_the_types_are_rejected(void **state)
{
    static const char *const wrong[][3] = {
        {"upcasters/parcel.sent.v3.json", "{\"to\":\"parcel.sent.v4\",\"operations\":[]}",
         "unknown event type parcel.sent.v4"},
        {"upcasters/parcel.lost.v1.json", "{\"to\":\"parcel.lost.v2\",\"operations\":[]}",
         "unknown event type parcel.lost.v1"},
        {"upcasters/parcel.sent.v3.json", "{\"to\":\"parcel.sent.v2\",\"operations\":[]}",
         "a later version of its type"},
        {"upcasters/parcel.sent.v3.json", "{\"to\":\"parcel.sent.v3\",\"operations\":[]}",
         "a later version of its type"},
        {"upcasters/parcel.sent.v3.json", "{\"to\":\"account.opened.v9\",\"operations\":[]}",
         "a later version of its type"},
        {"upcasters/parcel.json", "{\"to\":\"parcel.sent.v3\",\"operations\":[]}",
         "a later version of its type"},
        {"upcasters/account.opened.v1.json", "{\"to\":\"account.opened.v2\",\"operations\":[]}",
         "only the program may upcast it"},
        {"upcasters/parcel.sent.v1.json", "{\"to\":\"parcel.sent.v2\",\"operations\":[]}",
         "example 0 of parcel.sent.v1: at \"\" it does not fit parcel.sent.v2: the field \"city\""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_versions(*state);
        put(*state, wrong[i][0], wrong[i][1]);
        assert_refused(*state, wrong[i][0], wrong[i][2]);
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", (const char *)*state, wrong[i][0]);
        remove(path.at);
    }
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(an_event_is_read_as_its_newest_version),
        CLAIM(an_event_without_an_upcaster_is_read_as_it_is),
        CLAIM(data_that_cannot_be_upcast_is_poison_and_named),
        CLAIM(the_hash_covers_upcasters),
        CLAIM(upcasters_that_do_not_match_the_types_are_rejected),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
