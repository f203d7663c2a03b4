#include "base/base64.h"
#include "tests/support/claims.h"

static void encoding_gives_the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        AUTO(text) struct text encoded = {0};
        AUTO(text) struct text decoded = {0};
        base64_encode(slice_of(vectors[i][0]), &encoded);
        assert_string_equal(text_slice(&encoded).at, vectors[i][1]);
        assert_true(base64_decode(text_slice(&encoded), &decoded));
        assert_true(slice_is(text_slice(&decoded), vectors[i][0]));
    }
}

static void the_url_alphabet_needs_no_escaping_and_decodes_too(void **state)
{
    (void)state;
    AUTO(text) struct text encoded = {0};
    AUTO(text) struct text decoded = {0};
    struct slice bytes = {"\xfb\xff\xfe\xff", 4};
    base64_encode_url(bytes, &encoded);
    assert_string_equal(encoded.at, "-__-_w");
    assert_true(base64_decode(text_slice(&encoded), &decoded));
    assert_true(slice_equal(text_slice(&decoded), bytes));
}

static void decoding_refuses_what_no_encoding_gives(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "A", "Zg=", "Zg===", "Z===", "Zh==", "Zm9", "Zm9v Zg", "Zm9v\n", "====", "*m9v"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(text) struct text out = {0};
        text_add(&out, "kept");
        if (base64_decode(slice_of(wrong[i]), &out))
            fail_msg("accepted: %s", wrong[i]);
        assert_string_equal(out.at, "kept");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_gives_the_vectors_of_rfc_4648),
        cmocka_unit_test(the_url_alphabet_needs_no_escaping_and_decodes_too),
        cmocka_unit_test(decoding_refuses_what_no_encoding_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
