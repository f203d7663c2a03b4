/* The connection itself: what it does when the other side says nothing, or no. */
#include "bus/amqp.h"
#include "bus/topology.h"
#include "tests/bus/proxy.h"
#include "tests/bus/raw_broker.h"
#include "tests/support/claims.h"

#include <stdio.h>

static void connecting_to_a_silent_broker_fails_in_time(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct proxy *proxy = proxy_open(url.port);
    struct amqp *amqp = NULL;
    url.port = proxy_port(proxy);
    proxy_stall(proxy, true);
    int64_t begin_ms = test_now_ms();
    assert_err(ERR_BROKER, amqp_connect(&url, "test", 500, &amqp, &error));
    assert_true(test_now_ms() - begin_ms < 3000);
    proxy_close(proxy);
}

static void a_port_where_nobody_listens_is_an_error_with_the_address(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct proxy *proxy = proxy_open(url.port);
    struct amqp *amqp = NULL;
    struct error error = {0};
    url.port = proxy_port(proxy);
    proxy_close(proxy);
    assert_int_equal(amqp_connect(&url, "test", 500, &amqp, &error), ERR_BROKER);
    assert_text_contains(error.text, "RabbitMQ at 127.0.0.1:");
}

static void a_wrong_password_is_an_error_that_does_not_contain_it(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct amqp *amqp = NULL;
    struct error error = {0};
    snprintf(url.password, sizeof url.password, "not-the-one");
    assert_int_equal(amqp_connect(&url, "test", 5000, &amqp, &error), ERR_BROKER);
    assert_text_contains(error.text, "log in");
    assert_null(strstr(error.text, "not-the-one"));
}

static void an_unknown_virtual_host_is_an_error(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("no-such-host");
    struct amqp *amqp = NULL;
    assert_err(ERR_BROKER, amqp_connect(&url, "test", 5000, &amqp, &error));
}

static void an_error_of_the_broker_contains_its_reason(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct amqp *amqp = NULL;
    struct error error = {0};
    assert_ok(amqp_connect(&url, "test", 5000, &amqp, &error));
    assert_int_equal(amqp_consume(amqp, "no-such-queue", 1, &error), ERR_BROKER);
    assert_text_contains(error.text, "NOT_FOUND");
    amqp_disconnect(amqp);
}

static void a_body_of_many_frames_is_received_in_one_piece(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct amqp *amqp = NULL;
    struct amqp_incoming incoming = {0};
    AUTO(text) struct text body = {0};
    text_printf(&body, "%*s", 3 << 20, "end");
    const struct amqp_queue queue = {
        .name = "frames", .messages_most = 10, .bytes_most = 64 << 20, .expires_ms = 60000};
    const struct amqp_header header = {.name = slice_of("answer"), .number = 42};
    const struct amqp_message message = {.exchange = "",
                                         .routing_key = slice_of("frames"),
                                         .body = text_slice(&body),
                                         .content_type = "text/plain",
                                         .headers = &header,
                                         .header_count = 1};
    assert_ok(amqp_connect(&url, "test", 5000, &amqp, &error));
    assert_ok(amqp_declare_queue(amqp, &queue, &error));
    assert_ok(amqp_publish(amqp, &message, &error));
    assert_ok(amqp_consume(amqp, "frames", 1, &error));
    while (incoming.what != AMQP_MESSAGE)
        assert_ok(amqp_receive(amqp, &incoming, &error));
    assert_false(incoming.cut);
    assert_true(slice_equal(incoming.body, message.body));
    assert_int_equal(amqp_find_header(&incoming, "answer")->number, 42);
    assert_null(amqp_find_header(&incoming, "question"));
    assert_ok(amqp_acknowledge(amqp, incoming.tag, &error));
    amqp_disconnect(amqp);
}

static void a_send_to_a_peer_that_does_not_read_fails_in_time(void **state)
{
    (void)state;
    struct bus_url url = raw_broker_url("amqp_test");
    struct proxy *proxy = proxy_open(url.port);
    struct amqp *amqp = NULL;
    AUTO(text) struct text body = {0};
    enum err err = OK;
    text_printf(&body, "%*s", 8 << 20, "");
    const struct amqp_message message = {
        .exchange = "", .body = text_slice(&body), .content_type = "text/plain"};
    url.port = proxy_port(proxy);
    assert_ok(amqp_connect(&url, "test", 5000, &amqp, &error));
    proxy_stall(proxy, true);
    int64_t begin_ms = test_now_ms();
    for (int i = 0; i < 4 && !err; i++) /* more than the sockets' buffers hold */
        err = amqp_publish(amqp, &message, NULL);
    assert_int_equal(err, ERR_BROKER);
    assert_true(test_now_ms() - begin_ms < 2 * AMQP_SEND_DEADLINE_MS);
    amqp_disconnect(amqp);
    proxy_close(proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connecting_to_a_silent_broker_fails_in_time),
        cmocka_unit_test(a_port_where_nobody_listens_is_an_error_with_the_address),
        cmocka_unit_test(a_wrong_password_is_an_error_that_does_not_contain_it),
        cmocka_unit_test(an_unknown_virtual_host_is_an_error),
        cmocka_unit_test(an_error_of_the_broker_contains_its_reason),
        cmocka_unit_test(a_body_of_many_frames_is_received_in_one_piece),
        cmocka_unit_test(a_send_to_a_peer_that_does_not_read_fails_in_time),
    };
    if (!raw_broker_is_there())
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
