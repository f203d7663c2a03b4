#include "http/listen.h"
#include "tests/support/claims.h"

#include <unistd.h>

static void port_0_chooses_a_free_port_and_returns_it(void **state)
{
    (void)state;
    int first, second;
    char address[LISTEN_ADDRESS_BYTES], other[LISTEN_ADDRESS_BYTES];
    assert_ok(listen_open_tcp("127.0.0.1:0", &first, address, &error));
    assert_ok(listen_open_tcp("127.0.0.1:0", &second, other, &error));
    assert_memory_equal(address, "127.0.0.1:", 10);
    assert_string_not_equal(address, "127.0.0.1:0");
    assert_string_not_equal(address, other);
    close(first);
    close(second);
}

static void an_address_in_use_is_named(void **state)
{
    (void)state;
    int first, second;
    char address[LISTEN_ADDRESS_BYTES], other[LISTEN_ADDRESS_BYTES];
    struct error error = {0};
    assert_ok(listen_open_tcp("127.0.0.1:0", &first, address, &error));
    assert_int_equal(listen_open_tcp(address, &second, other, &error), ERR_IO);
    assert_text_contains(error.text, address);
    assert_text_contains(error.text, "another process already listens there");
    close(first);
    assert_ok(listen_open_tcp(address, &second, other, &error));
    assert_string_equal(address, other);
    close(second);
}

static void an_invalid_address_is_rejected_with_its_form(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",         "8080",  ":8080",           "127.0.0.1",      "127.0.0.1:",  "127.0.0.1:x",
        "::1:8080", "[::1]", "127.0.0.1:65536", "example.org:80", "127.0.0.1:-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        char address[LISTEN_ADDRESS_BYTES];
        int fd;
        if (listen_open_tcp(wrong[i], &fd, address, &error) != ERR_USAGE)
            fail_msg("\"%s\" was accepted", wrong[i]);
        assert_text_contains(error.text, "ADDR:PORT");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_0_chooses_a_free_port_and_returns_it),
        cmocka_unit_test(an_address_in_use_is_named),
        cmocka_unit_test(an_invalid_address_is_rejected_with_its_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
