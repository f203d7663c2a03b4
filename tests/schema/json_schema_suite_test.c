/* The official test suite of JSON Schema, draft 2020-12, as Debian's package
 * libtest-json-schema-acceptance-perl carries it (json-schema-test-suite ends with draft 7). Every
 * required case runs, but for what is listed here, each with its reason; and what is listed must
 * really be refused when it is loaded, so that the list cannot outlive its reasons.
 */
#include "tests/support/claims.h"

#include "base/file.h"
#include "schema/json_schema/json_schema.h"

#include <stdio.h>
#include <unistd.h>

#define SUITE "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12"

/* Files about keywords that are not supported: no schema in them may get as far as validating
 * anything. */
static const char *const refused_files[] = {
    "content.json",          /* contentEncoding and such assert nothing; we take no silent rule */
    "dynamicRef.json",       /* $dynamicRef, $dynamicAnchor */
    "refRemote.json",        /* other documents are never fetched */
    "unevaluatedItems.json", /* need what other keywords have looked at */
    "unevaluatedProperties.json", /* the same */
    "unknownKeyword.json",        /* here an unknown keyword is an error */
    "vocabulary.json",            /* metaschemas of one's own */
};

/* Whose schemas load, but whose answers are others: format is asserted here, as the draft allows,
 * and this file has it assert nothing. optional/format is run instead. */
static const char *const other_files[] = {"format.json"};

/* Single schemas of other files that are refused. */
static const struct {
    const char *file, *group;
} refused_groups[] = {
    /* refer to the draft's metaschema, another document */
    {"anchor.json", "invalid anchors"},
    {"defs.json", "validate definition against metaschema"},
    {"id.json", "Invalid use of fragments in location-independent $id"},
    {"id.json", "Valid use of empty fragments in location-independent $id"},
    {"id.json", "Unnormalized $ids are allowed but discouraged"},
    {"ref.json", "remote ref, containing refs itself"},
    {"ref.json", "URN base URI with f-component"},
    /* unevaluatedProperties */
    {"not.json", "collect annotations inside a 'not', even if collection is disabled"},
    {"ref.json", "ref creates new scope when adjacent to keywords"},
};

struct tally {
    size_t groups, cases, refused, wrong;
};

static bool is_listed(const char *const *list, size_t count, const char *file)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], file) == 0)
            return true;
    return false;
}

#define IS_LISTED(list, file) is_listed(list, sizeof(list) / sizeof *(list), file)

static bool group_is_listed(const char *file, const char *group)
{
    for (size_t i = 0; i < sizeof refused_groups / sizeof *refused_groups; i++)
        if (strcmp(refused_groups[i].file, file) == 0 &&
            strcmp(refused_groups[i].group, group) == 0)
            return true;
    return IS_LISTED(refused_files, file);
}

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

static void run_case(const struct json_schema *schema, const char *file, const json_t *group,
                     const json_t *one, struct tally *tally)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    bool expected = json_is_true(json_object_get(one, "valid"));
    const json_t *data = json_object_get(one, "data");
    tally->cases++;
    bool quiet = json_schema_validate(schema, data, NULL);
    if (quiet == expected && json_schema_validate(schema, data, &faults) == expected &&
        (faults.count == 0) == expected)
        return;
    tally->wrong++;
    print_error("%s: %s: %s: must %s\n", file, text_of(group, "description"),
                text_of(one, "description"), expected ? "fit" : "not fit");
}

static void run_group(const char *file, const json_t *group, struct tally *tally)
{
    AUTO(json_schema) struct json_schema *schema = NULL;
    struct error error = {0};
    const char *name = text_of(group, "description");
    bool refused = json_schema_compile(json_object_get(group, "schema"), &schema, &error) != OK;
    tally->groups++;
    tally->refused += refused;
    if (refused && !group_is_listed(file, name)) {
        tally->wrong++;
        print_error("%s: %s: refused: %s\n", file, name, error.text);
    }
    if (!refused && group_is_listed(file, name)) {
        tally->wrong++;
        print_error("%s: %s: is listed as refused and is not\n", file, name);
    }
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(group, "tests"), i, one)
        if (!refused)
            run_case(schema, file, group, one, tally);
}

static enum err run_file(void *context, const char *path, const char *name, struct error *error)
{
    json_error_t why;
    AUTO(json) json_t *groups = json_load_file(path, JSON_ALLOW_NUL, &why);
    if (!groups)
        return error_set(error, ERR_FAILED, "%s: %s", path, why.text);
    size_t i;
    json_t *group;
    if (!IS_LISTED(other_files, name))
        json_array_foreach (groups, i, group)
            run_group(name, group, context);
    return OK;
}

static void every_required_case_has_the_answer_of_the_draft(void **state)
{
    (void)state;
    struct tally tally = {0};
    assert_ok(file_each(SUITE, ".json", run_file, &tally, &error));
    print_message("# %zu schemas, %zu of them refused; %zu cases\n", tally.groups, tally.refused,
                  tally.cases);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.cases > 700); /* so that an empty directory is no success */
}

static void formats_that_are_asserted_have_the_answers_of_the_draft(void **state)
{
    (void)state;
    static const char *const formats[] = {"date", "date-time", "email", "uri", "uuid"};
    struct tally tally = {0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, SUITE "/optional/format/%s.json", formats[i]);
        assert_ok(run_file(&tally, path.at, formats[i], &error));
    }
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.cases > 80);
}

int main(void)
{
    if (access(SUITE, R_OK) != 0)
        return test_skip_program("every_required_case_has_the_answer_of_the_draft",
                                 SUITE " is not there (deploy/install-packages.sh test)");
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(every_required_case_has_the_answer_of_the_draft),
        cmocka_unit_test(formats_that_are_asserted_have_the_answers_of_the_draft),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
