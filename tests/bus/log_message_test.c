/* Messages of annal.log, written and read back, and read when they are anything else. */
#include "bus/log_message.h"
#include "tests/support/claims.h"

#include <stdio.h>

static const char log_id[] = "6a0f0c1e-0000-4000-8000-000000000000";

static struct event make_event(int64_t position, struct slice data)
{
    return (struct event){.position = position,
                          .version = position,
                          .time_us = 1795420800000000 + position,
                          .stream = slice_of("test/S-1"),
                          .type = slice_of("test.happened.v1"),
                          .id = slice_of("e-1"),
                          .data = data,
                          .meta = slice_of("{\"correlationid\":\"c-1\"}")};
}

/* What amqp_receive() would give for a message with these headers. */
struct received {
    struct amqp_header headers[5];
    struct amqp_incoming incoming;
    char prev[65];
};

static void receive(struct received *received, int64_t first, int64_t last, struct slice body)
{
    memset(received->prev, 'a', 64);
    received->prev[64] = '\0';
    received->headers[0] = (struct amqp_header){.name = slice_of("log"), .text = slice_of(log_id)};
    received->headers[1] = (struct amqp_header){.name = slice_of("first"), .number = first};
    received->headers[2] = (struct amqp_header){.name = slice_of("last"), .number = last};
    received->headers[3] =
        (struct amqp_header){.name = slice_of("prev"), .text = slice_of(received->prev)};
    received->headers[4] = (struct amqp_header){.name = slice_of("head"), .number = last};
    received->incoming = (struct amqp_incoming){
        .what = AMQP_MESSAGE, .body = body, .headers = received->headers, .header_count = 5};
}

static void write_some(int64_t first, size_t count, struct text *body)
{
    struct event events[LOG_MESSAGE_EVENTS_MOST];
    for (size_t i = 0; i < count; i++)
        events[i] = make_event(first + (int64_t)i, slice_of("{\"n\":1}"));
    assert_int_equal(log_message_write(events, count, body), count);
}

static void a_written_message_is_read_back(void **state)
{
    (void)state;
    static struct log_message message;
    AUTO(text) struct text body = {0};
    struct received received;
    write_some(7, 3, &body);
    receive(&received, 7, 9, text_slice(&body));
    assert_ok(log_message_read(&received.incoming, &message, &error));
    assert_string_equal(message.log_id, log_id);
    assert_int_equal(message.count, 3);
    assert_int_equal(message.first, 7);
    assert_int_equal(message.last, 9);
    assert_int_equal(message.prev[0], 0xaa);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(message.events[i].position, 7 + i);
        assert_true(slice_is(message.events[i].data, "{\"n\":1}"));
        assert_true(slice_is(message.events[i].meta, "{\"correlationid\":\"c-1\"}"));
    }
    log_message_finish(&message);
}

static void a_message_has_a_limited_number_of_events(void **state)
{
    (void)state;
    static struct event events[LOG_MESSAGE_EVENTS_MOST + 5];
    AUTO(text) struct text body = {0};
    for (int i = 0; i < LOG_MESSAGE_EVENTS_MOST + 5; i++)
        events[i] = make_event(i + 1, slice_of("1"));
    assert_int_equal(log_message_write(events, LOG_MESSAGE_EVENTS_MOST + 5, &body),
                     LOG_MESSAGE_EVENTS_MOST);
}

static void a_message_has_a_limited_size_unless_one_event_is_larger(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0}, large = {0}, huge = {0};
    text_printf(&large, "\"%*s\"", 100 << 10, "");
    text_printf(&huge, "\"%*s\"", 300 << 10, "");
    const struct event events[] = {
        make_event(1, text_slice(&large)), make_event(2, text_slice(&large)),
        make_event(3, text_slice(&large)), make_event(4, text_slice(&huge)),
        make_event(5, text_slice(&large))};
    assert_int_equal(log_message_write(events, 5, &body), 2);
    assert_true(body.length <= LOG_MESSAGE_BYTES_MOST);
    assert_int_equal(log_message_write(events + 2, 3, &body), 1);
    assert_int_equal(log_message_write(events + 3, 2, &body), 1);
    assert_true(body.length > 300 << 10);
    assert_int_equal(body.at[body.length - 1], ']');
}

static void refuse(const struct received *received, const char *why)
{
    static struct log_message message;
    struct error error = {0};
    assert_int_equal(log_message_read(&received->incoming, &message, &error), ERR_BAD_REQUEST);
    assert_text_contains(error.text, why);
    log_message_finish(&message);
}

static void a_message_without_all_headers_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0};
    struct received received;
    write_some(7, 1, &body);
    for (int i = 0; i < 5; i++) {
        receive(&received, 7, 7, text_slice(&body));
        received.headers[i].name = slice_of("other");
        refuse(&received, "are missing or malformed");
        receive(&received, 7, 7, text_slice(&body));
        received.headers[i].text = slice_of("x");
        refuse(&received, "are missing or malformed");
    }
}

static void impossible_positions_are_rejected(void **state)
{
    (void)state;
    static const int64_t pairs[][2] = {
        {0, 0}, {-1, 1}, {7, 6}, {1, -1}, {INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MAX}};
    AUTO(text) struct text body = {0};
    write_some(7, 1, &body);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct received received;
        receive(&received, pairs[i][0], pairs[i][1], text_slice(&body));
        refuse(&received, "are missing or malformed");
    }
}

static void events_that_are_not_first_to_last_are_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0};
    struct received received;
    write_some(7, 3, &body);
    receive(&received, 6, 8, text_slice(&body));
    refuse(&received, "not in order");
    receive(&received, 7, 10, text_slice(&body));
    refuse(&received, "truncated or malformed");
    receive(&received, 7, 8, text_slice(&body));
    refuse(&received, "truncated or malformed");
}

static void bodies_without_events_are_rejected(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "x",
        "{}",
        "[",
        "[]",
        "[1]",
        "[{}]",
        "[{",
        "[{}},",
        "\"x",
        "[\"\\u0000\"]",
        "[[[[[[",
        "null",
        "[{\"specversion\":\"1.0\"}]",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct received received;
        receive(&received, 1, 1, slice_of(bodies[i]));
        refuse(&received, "");
    }
}

static void a_message_truncated_anywhere_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0};
    write_some(1, 2, &body);
    for (size_t length = 0; length < body.length; length++) {
        struct received received;
        char *part = malloc(length + 1); /* so that a byte too far is seen */
        assert_non_null(part);
        memcpy(part, body.at, length);
        receive(&received, 1, 2, (struct slice){part, length});
        refuse(&received, "");
        free(part);
    }
}

static void a_message_that_was_too_large_to_receive_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0};
    struct received received;
    write_some(1, 1, &body);
    receive(&received, 1, 1, text_slice(&body));
    received.incoming.cut = true;
    refuse(&received, "too large");
}

static void more_events_than_a_message_has_are_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text body = {0}, all = {0};
    struct received received;
    text_add_char(&all, '[');
    for (int i = 0; i <= LOG_MESSAGE_EVENTS_MOST; i++) {
        write_some(i + 1, 1, &body);
        text_add_slice(&all, (struct slice){body.at + 1, body.length - 2});
        text_add_char(&all, i < LOG_MESSAGE_EVENTS_MOST ? ',' : ']');
    }
    receive(&received, 1, LOG_MESSAGE_EVENTS_MOST + 1, text_slice(&all));
    refuse(&received, "too many events");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_message_is_read_back),
        cmocka_unit_test(a_message_has_a_limited_number_of_events),
        cmocka_unit_test(a_message_has_a_limited_size_unless_one_event_is_larger),
        cmocka_unit_test(a_message_without_all_headers_is_rejected),
        cmocka_unit_test(impossible_positions_are_rejected),
        cmocka_unit_test(events_that_are_not_first_to_last_are_rejected),
        cmocka_unit_test(bodies_without_events_are_rejected),
        cmocka_unit_test(a_message_truncated_anywhere_is_rejected),
        cmocka_unit_test(a_message_that_was_too_large_to_receive_is_rejected),
        cmocka_unit_test(more_events_than_a_message_has_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
