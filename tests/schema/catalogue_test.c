/* The catalogue: built-in types, those of a directory, and what is refused with the file's name. */
#include "tests/support/claims.h"

#include "base/embedded.h"
#include "schema/catalogue/catalogue.h"

#include <stdio.h>
#include <sys/stat.h>

#define OPENED "{\"type\":\"object\",\"required\":[\"owner\"]}"

static const struct embedded_file built_in_events[] = {
    {"account.closed.v1.json", {"true", 4}},
    {"account.opened.v1.json", {OPENED, sizeof OPENED - 1}},
    {0},
};
static const struct embedded_file built_in_commands[] = {{"account.open.json", {"true", 4}}, {0}};
static const struct catalogue_files built_in = {.events = built_in_events,
                                                .commands = built_in_commands};

/* A directory with the folders events and commands. */
static int make_directory(void **state)
{
    const char *directory = test_directory_make();
    const char *const folders[] = {"events", "commands"};
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
    assert_null(catalogue);
}

static void built_in_schemas_are_found(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *catalogue = open_own(NULL);
    const struct catalogue_entry *opened =
        catalogue_event(catalogue, slice_of("account.opened.v1"));
    assert_non_null(opened);
    assert_string_equal(opened->name, "account.opened.v1");
    assert_true(json_is_object(opened->json));
    assert_non_null(catalogue_command(catalogue, "account", "open"));
}

static void an_unknown_name_is_not_found(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *catalogue = open_own(NULL);
    const char *const names[] = {"",    "account", "account.opened.v", "account.opened.v11",
                                 "zzz", "~"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(catalogue_event(catalogue, slice_of(names[i])));
    assert_null(catalogue_event(catalogue, (struct slice){"account.opened.v1\0x", 19}));
    assert_null(catalogue_command(catalogue, "account", "explode"));
    AUTO(string) char *longest = calloc(1, 1001);
    memset(longest, 'x', 1000);
    assert_null(catalogue_command(catalogue, longest, "open"));
}

static void events_are_sorted_and_found_by_name(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *catalogue = open_own(NULL);
    size_t count;
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(catalogue_event(catalogue, slice_of(events[i].name)), &events[i]);
        if (i)
            assert_true(strcmp(events[i - 1].name, events[i].name) < 0);
    }
}

static void nearest_event_is_suggested(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *catalogue = open_own(NULL);
    assert_string_equal(catalogue_nearest_event(catalogue, slice_of("account.opned.v1")),
                        "account.opened.v1");
    assert_null(catalogue_nearest_event(catalogue, slice_of("x")));
}

static void schemas_of_a_directory_join_the_built_in_ones(void **state)
{
    put(*state, "events/parcel.sent.v1.json", "{\"required\":[\"to\"]}");
    put(*state, "commands/parcel.send.json", "{\"type\":\"object\"}");
    put(*state, "events/.hidden.json", "not JSON");
    put(*state, "events/notes.txt", "not JSON");
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    const struct catalogue_entry *sent = catalogue_event(catalogue, slice_of("parcel.sent.v1"));
    assert_non_null(sent);
    assert_true(slice_is(sent->text, "{\"required\":[\"to\"]}"));
    AUTO(json) json_t *empty = json_object();
    assert_false(json_schema_validate(sent->schema, empty, NULL));
    assert_non_null(catalogue_command(catalogue, "parcel", "send"));
    assert_non_null(catalogue_event(catalogue, slice_of("account.opened.v1")));
}

static void one_folder_is_enough(void **state)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/commands", (const char *)*state);
    remove(path.at);
    put(*state, "events/parcel.sent.v1.json", "true");
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    assert_non_null(catalogue_event(catalogue, slice_of("parcel.sent.v1")));
}

static void directory_without_either_folder_is_rejected(void **state)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/events", (const char *)*state);
    assert_refused(path.at, path.at, "neither a directory \"events\" nor \"commands\"");
    assert_refused("/nowhere/at/all", "/nowhere/at/all", "does not exist");
}

static void wrong_file_is_named(void **state)
{
    static const char *const wrong[][3] = {
        {"events/a.v1.json", "{\"x\":", "line 1"},
        {"events/a.v1.json", "", "line 1"},
        {"events/a.v1.json", "{\"readOnly\":true}", "keyword \"readOnly\" is not supported"},
        {"events/a b.json", "true", "the file's name must be"},
        {"commands/a.b.json", "7", "a schema must be an object"},
        {"commands/ab.json", "true", "must be CATEGORY.COMMAND.json"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put(*state, wrong[i][0], wrong[i][1]);
        assert_refused(*state, wrong[i][0], wrong[i][2]);
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", (const char *)*state, wrong[i][0]);
        remove(path.at);
    }
}

static void file_over_a_mebibyte_is_rejected(void **state)
{
    AUTO(string) char *content = malloc(1024 * 1024 + 2);
    memset(content, ' ', 1024 * 1024 + 1);
    memcpy(content, "true", 4);
    content[1024 * 1024 + 1] = '\0';
    put(*state, "events/big.v1.json", content);
    assert_refused(*state, "events/big.v1.json", "larger than 1048576 bytes");
    content[1024 * 1024] = '\0';
    put(*state, "events/big.v1.json", content);
    AUTO(catalogue) struct catalogue *catalogue = open_own(*state);
    assert_non_null(catalogue_event(catalogue, slice_of("big.v1")));
}

static void a_path_that_is_not_a_regular_file_is_rejected(void **state)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/events/pipe.v1.json", (const char *)*state);
    assert_int_equal(mkfifo(path.at, 0600), 0);
    assert_refused(*state, "events/pipe.v1.json", "not a regular file");
}

static void a_built_in_schema_may_be_repeated_but_not_replaced(void **state)
{
    put(*state, "events/account.opened.v1.json", OPENED);
    AUTO(catalogue) struct catalogue *same = open_own(*state);
    AUTO(catalogue) struct catalogue *none = open_own(NULL);
    assert_string_equal(catalogue_hash(same), catalogue_hash(none));
    put(*state, "events/account.opened.v1.json", "true");
    assert_refused(*state, "events/account.opened.v1.json", "built in with another schema");
}

static void hash_covers_names_and_texts_of_events(void **state)
{
    AUTO(catalogue) struct catalogue *built_in_only = open_own(NULL);
    assert_int_equal(strlen(catalogue_hash(built_in_only)), 64);
    put(*state, "commands/parcel.send.json", "true");
    AUTO(catalogue) struct catalogue *with_command = open_own(*state);
    assert_string_equal(catalogue_hash(with_command), catalogue_hash(built_in_only));
    put(*state, "events/parcel.sent.v1.json", "true");
    AUTO(catalogue) struct catalogue *with_event = open_own(*state);
    assert_string_not_equal(catalogue_hash(with_event), catalogue_hash(built_in_only));
    put(*state, "events/parcel.sent.v1.json", "true ");
    AUTO(catalogue) struct catalogue *other_text = open_own(*state);
    assert_string_not_equal(catalogue_hash(other_text), catalogue_hash(with_event));
    AUTO(text) struct text from = {0}, to = {0};
    text_printf(&from, "%s/events/parcel.sent.v1.json", (const char *)*state);
    text_printf(&to, "%s/events/parcel.sent.v2.json", (const char *)*state);
    assert_int_equal(rename(from.at, to.at), 0);
    AUTO(catalogue) struct catalogue *other_name = open_own(*state);
    assert_string_not_equal(catalogue_hash(other_name), catalogue_hash(other_text));
}

static void annals_own_types_exist_without_a_domain(void **state)
{
    (void)state;
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    size_t count;
    assert_ok(catalogue_open(NULL, NULL, &catalogue, &error));
    const struct catalogue_entry *events = catalogue_events(catalogue, &count);
    assert_non_null(catalogue_event(catalogue, slice_of("saga.started.v1")));
    for (size_t i = 0; i < count; i++)
        assert_true(strncmp(events[i].name, "saga.", 5) == 0);
    (void)catalogue_commands(catalogue, &count);
    assert_int_equal(count, 0);
}

static void catalogues_of_two_domains_are_independent(void **state)
{
    (void)state;
    static const struct embedded_file events[] = {{"a.b.v1.json", {"true", 4}}, {0}};
    static const struct embedded_file commands[] = {{"a.do.json", {"true", 4}}, {0}};
    const struct catalogue_files files = {.events = events, .commands = commands};
    AUTO(catalogue) struct catalogue *other = NULL, *own = open_own(NULL);
    assert_ok(catalogue_open(&files, NULL, &other, &error));
    assert_non_null(catalogue_event(other, slice_of("a.b.v1")));
    assert_non_null(catalogue_event(other, slice_of("saga.started.v1")));
    assert_non_null(catalogue_command(other, "a", "do"));
    assert_null(catalogue_event(other, slice_of("account.opened.v1")));
    assert_null(catalogue_command(other, "account", "open"));
    assert_non_null(catalogue_event(own, slice_of("account.opened.v1")));
    assert_null(catalogue_event(own, slice_of("a.b.v1")));
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(built_in_schemas_are_found),
        cmocka_unit_test(an_unknown_name_is_not_found),
        cmocka_unit_test(events_are_sorted_and_found_by_name),
        cmocka_unit_test(nearest_event_is_suggested),
        CLAIM(schemas_of_a_directory_join_the_built_in_ones),
        CLAIM(one_folder_is_enough),
        CLAIM(directory_without_either_folder_is_rejected),
        CLAIM(wrong_file_is_named),
        CLAIM(file_over_a_mebibyte_is_rejected),
        CLAIM(a_path_that_is_not_a_regular_file_is_rejected),
        CLAIM(a_built_in_schema_may_be_repeated_but_not_replaced),
        cmocka_unit_test(annals_own_types_exist_without_a_domain),
        cmocka_unit_test(catalogues_of_two_domains_are_independent),
        CLAIM(hash_covers_names_and_texts_of_events),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
