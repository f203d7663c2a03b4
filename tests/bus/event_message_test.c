/* An event as other services get it. */
#include "bus/event_message.h"
#include "tests/support/claims.h"

#include <stdio.h>

static struct event make_event(struct slice meta)
{
    return (struct event){.position = 42,
                          .version = 3,
                          .time_us = 1795420800500000,
                          .stream = slice_of("loan/L-1"),
                          .type = slice_of("loan.opened.v1"),
                          .id = slice_of("e-1"),
                          .data = slice_of("{\"a\":1}"),
                          .meta = meta};
}

static const char *header(const struct amqp_message *message, const char *name)
{
    static char value[256];
    for (size_t i = 0; i < message->header_count; i++)
        if (slice_is(message->headers[i].name, name)) {
            snprintf(value, sizeof value, "%.*s", SLICE(message->headers[i].text));
            return value;
        }
    return NULL;
}

static void attributes_are_headers_and_the_body_is_the_data(void **state)
{
    (void)state;
    AUTO(event_message) struct event_message made = {0};
    struct event event = make_event(slice_of("{\"correlationid\":\"c \\\"1\\\"\"}"));
    const struct amqp_message *message = event_message_make(&made, &event);
    assert_string_equal(message->exchange, "annal.events");
    assert_true(slice_is(message->routing_key, "loan.opened.v1"));
    assert_true(slice_is(message->body, "{\"a\":1}"));
    assert_string_equal(message->content_type, "application/json");
    assert_true(message->persistent);
    assert_true(slice_is(message->message_id, "e-1"));
    assert_true(slice_is(message->type, "loan.opened.v1"));
    assert_int_equal(message->timestamp_s, 1795420800);
    assert_string_equal(header(message, "cloudEvents_source"), "/streams/loan/L-1");
    assert_string_equal(header(message, "cloudEvents_sequence"), "00000000000000000042");
    assert_string_equal(header(message, "cloudEvents_streamversion"), "3");
    assert_string_equal(header(message, "cloudEvents_correlationid"), "c \"1\"");
    assert_null(header(message, "cloudEvents_datacontenttype"));
    for (size_t i = 0; i < message->header_count; i++)
        assert_non_null(message->headers[i].text.at);
}

static void a_producers_own_media_type_is_the_content_type(void **state)
{
    (void)state;
    AUTO(event_message) struct event_message made = {0};
    struct event event =
        make_event(slice_of("{\"datacontenttype\":\"application/vnd.acme+json; v=\\\"1\\\"\"}"));
    const struct amqp_message *message = event_message_make(&made, &event);
    assert_string_equal(message->content_type, "application/vnd.acme+json; v=\"1\"");
    assert_null(header(message, "cloudEvents_datacontenttype"));
}

static void a_producers_own_time_is_the_timestamp(void **state)
{
    (void)state;
    AUTO(event_message) struct event_message made = {0};
    struct event event = make_event(slice_of("{\"time\":\"2020-01-01T00:00:07Z\"}"));
    assert_int_equal(event_message_make(&made, &event)->timestamp_s, 1577836807);
}

static void assert_structured(const struct event *event)
{
    AUTO(event_message) struct event_message made = {0};
    const struct amqp_message *message = event_message_make(&made, event);
    assert_string_equal(message->content_type, "application/cloudevents+json");
    assert_int_equal(message->header_count, 0);
    assert_text_contains(message->body.at, "\"specversion\":\"1.0\"");
    assert_text_contains(message->body.at, "\"data\":{\"a\":1}");
}

static void attributes_too_long_for_headers_make_it_structured(void **state)
{
    (void)state;
    AUTO(text) struct text value = {0}, name = {0}, many = {0}, media = {0};
    text_printf(&media, "{\"datacontenttype\":\"application/%0300d+json\"}", 1);
    text_printf(&value, "{\"note\":\"%*s\"}", 70 << 10, "");
    text_printf(&name, "{\"n%0300d\":\"x\"}", 1);
    for (int i = 0; i < 80; i++)
        text_printf(&many, "%c\"x%d\":\"y\"", i == 0 ? '{' : ',', i);
    text_add_char(&many, '}');
    struct event events[] = {make_event(text_slice(&value)), make_event(text_slice(&name)),
                             make_event(text_slice(&many)), make_event(text_slice(&media))};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        assert_structured(&events[i]);
}

static void an_id_too_long_for_a_property_is_still_a_header(void **state)
{
    (void)state;
    AUTO(event_message) struct event_message made = {0};
    AUTO(text) struct text id = {0};
    for (int i = 0; i < 256; i++)
        text_add_char(&id, 'i');
    struct event event = make_event(slice_of("{}"));
    event.id = text_slice(&id);
    const struct amqp_message *message = event_message_make(&made, &event);
    assert_int_equal(message->message_id.length, 0);
    assert_non_null(header(message, "cloudEvents_id"));
    event.id = slice_of("e-2");
    assert_true(slice_is(event_message_make(&made, &event)->message_id, "e-2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_are_headers_and_the_body_is_the_data),
        cmocka_unit_test(a_producers_own_media_type_is_the_content_type),
        cmocka_unit_test(a_producers_own_time_is_the_timestamp),
        cmocka_unit_test(attributes_too_long_for_headers_make_it_structured),
        cmocka_unit_test(an_id_too_long_for_a_property_is_still_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
