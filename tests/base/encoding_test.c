#include "base/encoding.h"
#include "tests/support/claims.h"

static void base64_is_that_of_the_vectors_of_rfc_4648(void **state)
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
        encoding_write_base64(slice_of(vectors[i][0]), &encoded);
        assert_string_equal(text_slice(&encoded).at, vectors[i][1]);
        assert_true(encoding_read_base64(text_slice(&encoded), &decoded));
        assert_true(slice_is(text_slice(&decoded), vectors[i][0]));
    }
}

static void the_url_alphabet_is_written_unescaped_and_read(void **state)
{
    (void)state;
    AUTO(text) struct text encoded = {0};
    AUTO(text) struct text decoded = {0};
    struct slice bytes = {"\xfb\xff\xfe\xff", 4};
    encoding_write_base64_url(bytes, &encoded);
    assert_string_equal(encoded.at, "-__-_w");
    assert_true(encoding_read_base64(text_slice(&encoded), &decoded));
    assert_true(slice_equal(text_slice(&decoded), bytes));
}

static void base64_that_no_encoder_writes_is_rejected(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "A", "Zg=", "Zg===", "Z===", "Zh==", "Zm9", "Zm9v Zg", "Zm9v\n", "====", "*m9v"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        AUTO(text) struct text out = {0};
        text_add(&out, "kept");
        if (encoding_read_base64(slice_of(wrong[i]), &out))
            fail_msg("accepted: %s", wrong[i]);
        assert_string_equal(out.at, "kept");
    }
}

static bool decodes(const char *from, bool plus, const char *to)
{
    AUTO(text) struct text text = {0};
    return encoding_read_percent(slice_of(from), plus, &text) && strcmp(text.at, to) == 0;
}

static void percent_decoding_rejects_invalid_text(void **state)
{
    (void)state;
    assert_true(decodes("a%20b+c", false, "a b+c"));
    assert_true(decodes("a%20b+c", true, "a b c"));
    assert_true(decodes("%C3%A9%2f", false, "é/"));
    AUTO(text) struct text text = {0};
    static const char *const bad[] = {"%", "%2", "%zz", "%00", "%ff", "a%c3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        text_clear(&text);
        assert_false(encoding_read_percent(slice_of(bad[i]), false, &text));
    }
}

static void percent_encoding_reads_back(void **state)
{
    (void)state;
    AUTO(text) struct text all = {0};
    AUTO(text) struct text encoded = {0};
    for (int c = 1; c < 128; c++)
        text_add_char(&all, (char)c);
    encoding_write_percent(text_slice(&all), &encoded);
    assert_true(decodes(encoded.at, false, all.at));
}

static void hexadecimal_reads_back(void **state)
{
    (void)state;
    unsigned char bytes[4] = {0, 0x7f, 0xab, 0xff}, back[4];
    AUTO(text) struct text hex = {0};
    encoding_write_hex(bytes, 4, &hex);
    assert_string_equal(hex.at, "007fabff");
    assert_true(encoding_read_hex(slice_of("007fABff"), back, 4));
    assert_memory_equal(bytes, back, 4);
    assert_false(encoding_read_hex(slice_of("007fabf"), back, 4));
    assert_false(encoding_read_hex(slice_of("007fabfg"), back, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_the_vectors_of_rfc_4648),
        cmocka_unit_test(the_url_alphabet_is_written_unescaped_and_read),
        cmocka_unit_test(base64_that_no_encoder_writes_is_rejected),
        cmocka_unit_test(percent_decoding_rejects_invalid_text),
        cmocka_unit_test(percent_encoding_reads_back),
        cmocka_unit_test(hexadecimal_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
