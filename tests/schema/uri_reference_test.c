/* The examples of RFC 3986 §5.4, and what JSON Schema adds to them. */
#include "tests/support/claims.h"

#include "schema/json_schema/schema_compiler.h"

static void resolves(const char *base, const char *reference, const char *expected)
{
    AUTO(text) struct text out = {0};
    text_add(&out, "");
    struct slice fragment = uri_reference_resolve(slice_of(base), slice_of(reference), &out);
    if (fragment.length)
        text_printf(&out, "#%.*s", SLICE(fragment));
    assert_string_equal(out.at, expected);
}

static void references_resolve_as_the_rfc_shows(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        resolves("http://a/b/c/d;p?q", examples[i][0], examples[i][1]);
}

static void a_base_without_a_path_or_an_empty_base_is_accepted(void **state)
{
    (void)state;
    resolves("http://a", "g", "http://a/g");
    resolves("", "item.json#/a", "item.json#/a");
    resolves("", "#x", "#x");
    resolves("urn:uuid:1", "#/$defs/a", "urn:uuid:1#/$defs/a");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(references_resolve_as_the_rfc_shows),
        cmocka_unit_test(a_base_without_a_path_or_an_empty_base_is_accepted),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
