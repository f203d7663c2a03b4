#include "bus/bus_url.h"
#include "tests/support/claims.h"

static void log_is_the_embedded_bus(void **state)
{
    (void)state;
    struct bus_url url;
    assert_ok(bus_url_read("log:", &url, &error));
    assert_true(url.is_log);
}

static void url_names_every_part(void **state)
{
    (void)state;
    struct bus_url url;
    assert_ok(bus_url_read("amqp://ann:secret@broker.example:5673/shop", &url, &error));
    assert_false(url.is_log);
    assert_string_equal(url.user, "ann");
    assert_string_equal(url.password, "secret");
    assert_string_equal(url.host, "broker.example");
    assert_int_equal(url.port, 5673);
    assert_string_equal(url.vhost, "shop");
}

static void omitted_parts_have_the_defaults_of_rabbitmq(void **state)
{
    (void)state;
    static const char *const texts[] = {"amqp://broker", "amqp://broker/", "amqp://broker:5672/%2F",
                                        "amqp://guest@broker"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bus_url url;
        assert_ok(bus_url_read(texts[i], &url, &error));
        assert_string_equal(url.user, "guest");
        assert_string_equal(url.password, "guest");
        assert_string_equal(url.host, "broker");
        assert_int_equal(url.port, 5672);
        assert_string_equal(url.vhost, "/");
    }
}

static void parts_are_percent_decoded(void **state)
{
    (void)state;
    struct bus_url url;
    assert_ok(bus_url_read("amqp://a%40b:p%3Aw%2Fd@h/v%2Fw", &url, &error));
    assert_string_equal(url.user, "a@b");
    assert_string_equal(url.password, "p:w/d");
    assert_string_equal(url.vhost, "v/w");
}

static void ipv6_addresses_are_in_brackets(void **state)
{
    (void)state;
    struct bus_url url;
    assert_ok(bus_url_read("amqp://[::1]:5673/shop", &url, &error));
    assert_string_equal(url.host, "::1");
    assert_int_equal(url.port, 5673);
    assert_ok(bus_url_read("amqp://[fe80::1]", &url, &error));
    assert_string_equal(url.host, "fe80::1");
    assert_int_equal(url.port, 5672);
}

static void an_invalid_url_is_rejected_without_repeating_the_password(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "log",
        "log:x",
        "http://u:secret@h",
        "amqps://u:secret@h",
        "amqp://",
        "amqp://u:secret@",
        "amqp://u:secret@h:0",
        "amqp://u:secret@h:65536",
        "amqp://u:secret@h:port",
        "amqp://u:secret@h/a/b",
        "amqp://u:secret@h/v?heartbeat=1",
        "amqp://u:secret%zz@h",
        "amqp://u:secret@[::1",
        "amqp://u:secret@[::1]x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bus_url url;
        struct error error = {0};
        assert_int_equal(bus_url_read(texts[i], &url, &error), ERR_USAGE);
        assert_null(strstr(error.text, "secret"));
    }
}

static void parts_that_are_too_long_are_rejected(void **state)
{
    (void)state;
    struct bus_url url;
    AUTO(text) struct text text = {0};
    text_add(&text, "amqp://h/");
    for (int i = 0; i < 128; i++)
        text_add_char(&text, 'v');
    assert_err(ERR_USAGE, bus_url_read(text.at, &url, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_is_the_embedded_bus),
        cmocka_unit_test(url_names_every_part),
        cmocka_unit_test(omitted_parts_have_the_defaults_of_rabbitmq),
        cmocka_unit_test(parts_are_percent_decoded),
        cmocka_unit_test(ipv6_addresses_are_in_brackets),
        cmocka_unit_test(an_invalid_url_is_rejected_without_repeating_the_password),
        cmocka_unit_test(parts_that_are_too_long_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
