/* What goes out of an event comes back the same, and nothing else is taken for one. */
#include "base/json_text.h"
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/cloudevent.h"

static const struct event event_42 = {
    .position = 42,
    .version = 3,
    .time_us = 1767225600000000,
    .stream = {"loan/L-1", 8},
    .type = {"loan.returned.v1", 16},
    .id = {"e-42", 4},
    .data = {"{\"carrier\":\"DHL\"}", 17},
    .meta = {"{\"correlationid\":\"c-1\",\"weight\":7,\"fragile\":true}", 49},
};

static void event_is_written_in_the_wire_order(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    cloudevent_write(&event_42, &out);
    assert_string_equal(out.at,
                        "{\"specversion\":\"1.0\",\"id\":\"e-42\",\"type\":\"loan.returned.v1\","
                        "\"source\":\"/streams/loan/L-1\",\"time\":\"2026-01-01T00:00:00.000000Z\","
                        "\"datacontenttype\":\"application/json\",\"dataschema\":\"annal:/schemas/"
                        "loan.returned.v1\","
                        "\"sequence\":\"00000000000000000042\",\"partitionkey\":\"loan/L-1\","
                        "\"streamversion\":3,\"recordedtime\":\"2026-01-01T00:00:00.000000Z\","
                        "\"data\":{\"carrier\":\"DHL\"},"
                        "\"correlationid\":\"c-1\",\"weight\":7,\"fragile\":true}");
}

static void source_and_time_of_meta_replace_ours(void **state)
{
    (void)state;
    struct event event = event_42;
    event.meta = slice_of("{\"source\":\"urn:shop\",\"time\":\"2020-01-01T00:00:00+01:00\"}");
    AUTO(text) struct text out = {0};
    cloudevent_write(&event, &out);
    AUTO(json) json_t *json = NULL;
    assert_ok(json_read(text_slice(&out), &json, &error)); /* which refuses duplicate names */
    assert_string_equal(json_string_or(json, "source", ""), "urn:shop");
    assert_string_equal(json_string_or(json, "time", ""), "2020-01-01T00:00:00+01:00");
    assert_string_equal(json_string_or(json, "recordedtime", ""), "2026-01-01T00:00:00.000000Z");
}

static void assert_same(const struct event *a, const struct event *b)
{
    assert_int_equal(a->position, b->position);
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->time_us, b->time_us);
    assert_true(slice_equal(a->stream, b->stream));
    assert_true(slice_equal(a->type, b->type));
    assert_true(slice_equal(a->id, b->id));
    assert_true(slice_equal(a->data, b->data));
    assert_true(slice_equal(a->meta, b->meta));
}

static void assert_round_trip(const struct event *event)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(text) struct text out = {0};
    cloudevent_write(event, &out);
    AUTO(json) json_t *json = NULL;
    assert_ok(json_read(text_slice(&out), &json, &error));
    struct event back = {0};
    assert_ok(cloudevent_read_own(text_slice(&out), &arena, &back, &error));
    assert_same(event, &back);
}

static void event_without_meta_is_read_back(void **state)
{
    (void)state;
    struct event event = event_42;
    event.meta = slice_of("{}");
    event.data = slice_of("null");
    assert_round_trip(&event);
}

static void a_media_type_in_meta_is_read_back(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    struct event event = event_42;
    event.meta = slice_of("{\"datacontenttype\":\"application/vnd.acme+json\"}");
    assert_round_trip(&event);
    cloudevent_write(&event, &out);
    assert_text_contains(out.at, "\"datacontenttype\":\"application/vnd.acme+json\"");
    assert_null(strstr(out.at, "application/json"));
}

static void reading_does_not_change_the_hash(void **state)
{
    (void)state;
    AUTO(arena) struct arena arena = {0};
    AUTO(text) struct text out = {0};
    cloudevent_write(&event_42, &out);
    struct event back = {.hash = {1, 2, 3}};
    assert_ok(cloudevent_read_own(text_slice(&out), &arena, &back, &error));
    assert_memory_equal(back.hash, ((unsigned char[EVENT_HASH_BYTES]){1, 2, 3}), EVENT_HASH_BYTES);
}

/* A small generator (xorshift), seeded, so that a failure can be repeated. */
static uint64_t random_state;

static uint64_t random_below(uint64_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % bound;
}

static void add_random_string(struct text *out, size_t longest)
{
    static const char *const pieces[] = {"a", "Z", "\"", "\\", "/",  "}", "]", ",",
                                         ":", "{", "é",  "😀",  "\n", " ", "\t"};
    AUTO(text) struct text string = {0};
    for (size_t i = random_below(longest); i > 0; i--)
        text_add(&string, pieces[random_below(sizeof pieces / sizeof *pieces)]);
    json_text_quote(out, text_slice(&string));
}

static void add_random_value(struct text *out, int depth)
{
    switch (random_below(depth > 3 ? 4 : 6)) {
    case 0:
        text_add(out, random_below(2) ? "true" : "null");
        return;
    case 1:
        text_add_int(out, (int64_t)random_below(1000000) - 500000);
        return;
    case 2:
        text_printf(out, "%.3f", (double)random_below(1000) / 7.0);
        return;
    case 3:
        add_random_string(out, 12);
        return;
    case 4:
        text_add_char(out, '[');
        for (uint64_t i = 0, count = random_below(4); i < count; i++) {
            text_add(out, i ? "," : "");
            add_random_value(out, depth + 1);
        }
        text_add_char(out, ']');
        return;
    default:
        text_add_char(out, '{');
        for (uint64_t i = 0, count = random_below(4); i < count; i++) {
            text_printf(out, "%s\"data%d\":", i ? "," : "", (int)i);
            add_random_value(out, depth + 1);
        }
        text_add_char(out, '}');
    }
}

static void add_random_meta(struct text *out)
{
    static const char *const names[] = {"source", "time", "subject", "correlationid", "x1"};
    text_add_char(out, '{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (random_below(2))
            continue;
        text_printf(out, "%s\"%s\":", out->at[out->length - 1] == '{' ? "" : ",", names[i]);
        add_random_string(out, 8);
    }
    text_add_char(out, '}');
}

static void random_events_are_read_back_unchanged(void **state)
{
    (void)state;
    random_state = 20261123;
    for (int round = 0; round < 3000; round++) {
        AUTO(text) struct text id = {0}, data = {0}, meta = {0}, stream = {0};
        for (size_t i = 1 + random_below(20); i > 0; i--)
            text_add(&id, (const char *[]){"x", "\"", "\\", "é", "-"}[random_below(5)]);
        add_random_value(&data, 0);
        add_random_meta(&meta);
        text_printf(&stream, "loan/L-%d", (int)random_below(100000));
        assert_round_trip(&(struct event){
            .position = 1 + (int64_t)random_below(INT64_MAX - 1),
            .version = 1 + (int64_t)random_below(1000),
            .time_us = (int64_t)random_below(200000000000000000ULL),
            .stream = text_slice(&stream),
            .type = slice_of("loan.opened.v1"),
            .id = text_slice(&id),
            .data = text_slice(&data),
            .meta = text_slice(&meta),
        });
    }
}

/* Reads a copy that ends where its allocation ends, so that a step too far is seen. */
static enum err read_exactly(const char *at, size_t length)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(string) char *copy = malloc(length ? length : 1);
    memcpy(copy, at, length);
    struct event event = {0};
    struct error error = {0};
    return cloudevent_read_own((struct slice){copy, length}, &arena, &event, &error);
}

static void event_cut_at_any_byte_is_rejected(void **state)
{
    (void)state;
    struct event event = event_42;
    event.id = slice_of("a\"b\\");
    AUTO(text) struct text out = {0};
    cloudevent_write(&event, &out);
    assert_int_equal(read_exactly(out.at, out.length), OK);
    for (size_t length = 0; length < out.length; length++)
        assert_int_equal(read_exactly(out.at, length), ERR_BAD_REQUEST);
}

static void event_with_any_byte_changed_is_read_safely(void **state)
{
    (void)state;
    static const char bytes[] = "\"\\{}[],: 0a\n\xff";
    AUTO(text) struct text out = {0};
    cloudevent_write(&event_42, &out);
    for (size_t at = 0; at < out.length; at++) {
        char original = out.at[at];
        for (size_t i = 0; i < sizeof bytes; i++) {
            out.at[at] = bytes[i];
            enum err err = read_exactly(out.at, out.length);
            assert_true(err == OK || err == ERR_BAD_REQUEST);
        }
        out.at[at] = original;
    }
}

/* Replaces the first `from` in what event_42 is on the wire. */
static enum err read_changed(const char *from, const char *to)
{
    AUTO(text) struct text out = {0}, changed = {0};
    cloudevent_write(&event_42, &out);
    const char *at = strstr(out.at, from);
    assert_non_null(at);
    text_add_bytes(&changed, out.at, (size_t)(at - out.at));
    text_add(&changed, to);
    text_add(&changed, at + strlen(from));
    return read_exactly(changed.at, changed.length);
}

static void text_that_annal_did_not_write_is_rejected(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"1.0\"", "\"1.1\""},
        {"\"e-42\"", "42"},
        {"\"source\":\"/streams/loan/L-1\"", "\"source\":\"/streams/loan/L-2\""},
        {"\"source\":\"/streams/loan/L-1\",", ""},
        {"\"time\":\"2026", "\"time\":\"2025"},
        {"application/json", "text/plain"},
        {"annal:/schemas/loan.returned.v1", "annal:/schemas/loan.opened.v1"},
        {"\"00000000000000000042\"", "\"42\""},
        {"\"00000000000000000042\"", "\"00000000000000000000\""},
        {"\"00000000000000000042\"", "\"-0000000000000000042\""},
        {"\"00000000000000000042\"", "\"99999999999999999999\""},
        {"\"partitionkey\"", "\"partition\""},
        {"\"streamversion\":3", "\"streamversion\":0"},
        {"\"streamversion\":3", "\"streamversion\":\"3\""},
        {"\"recordedtime\":\"2026-01-01", "\"recordedtime\":\"2026-13-01"},
        {"\"data\":{\"carrier\":\"DHL\"},", ""},
        {"\"data\":{\"carrier\":\"DHL\"},", "\"data\":{\"carrier\":\"DHL\"} ,"},
        {"\"correlationid\"", "\"source\""},
        {"true}", "true}}"},
        {"true}", "true} x"},
        {"true}", "true]"},
        {"true}", "true,}"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (read_changed(changes[i][0], changes[i][1]) != ERR_BAD_REQUEST)
            fail_msg("taken: %s for %s", changes[i][1], changes[i][0]);
    const char *const others[] = {"", "{}", "[]", "null", "42", "\"x\"", "{\"id\":\"x\"}", "\xff"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(read_exactly(others[i], strlen(others[i])), ERR_BAD_REQUEST);
}

static void list_attribute(void *list, const char *name, struct slice value)
{
    text_printf(list, "%s=%.*s\n", name, SLICE(value));
}

static void attributes_of_binary_mode_are_unescaped_texts(void **state)
{
    (void)state;
    struct event event = event_42;
    event.id = slice_of("a\"b");
    event.meta = slice_of("{\"correlationid\":\"c\\\"\\u00e9\",\"weight\":7,\"fragile\":true}");
    AUTO(text) struct text list = {0};
    cloudevent_each_attribute(&event, list_attribute, &list);
    assert_string_equal(list.at, "specversion=1.0\n"
                                 "id=a\"b\n"
                                 "type=loan.returned.v1\n"
                                 "source=/streams/loan/L-1\n"
                                 "time=2026-01-01T00:00:00.000000Z\n"
                                 "datacontenttype=application/json\n"
                                 "dataschema=annal:/schemas/loan.returned.v1\n"
                                 "sequence=00000000000000000042\n"
                                 "partitionkey=loan/L-1\n"
                                 "streamversion=3\n"
                                 "recordedtime=2026-01-01T00:00:00.000000Z\n"
                                 "correlationid=c\"é\n"
                                 "weight=7\n"
                                 "fragile=true\n");
}

static void attributes_are_given_once_when_meta_replaces_them(void **state)
{
    (void)state;
    struct event event = event_42;
    event.meta = slice_of("{\"source\":\"urn:shop\",\"time\":\"2020-01-01T00:00:00Z\","
                          "\"datacontenttype\":\"text/json\"}");
    AUTO(text) struct text list = {0};
    cloudevent_each_attribute(&event, list_attribute, &list);
    assert_text_contains(list.at, "\ndatacontenttype=text/json\n");
    assert_null(strstr(list.at, "application/json"));
    assert_text_contains(list.at, "\nsource=urn:shop\n");
    assert_text_contains(list.at, "\ntime=2020-01-01T00:00:00Z\n");
    assert_null(strstr(list.at, "/streams/"));
    assert_null(strstr(list.at, "\ntime=2026"));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(event_is_written_in_the_wire_order),
        cmocka_unit_test(source_and_time_of_meta_replace_ours),
        cmocka_unit_test(event_without_meta_is_read_back),
        cmocka_unit_test(a_media_type_in_meta_is_read_back),
        cmocka_unit_test(reading_does_not_change_the_hash),
        cmocka_unit_test(random_events_are_read_back_unchanged),
        cmocka_unit_test(event_cut_at_any_byte_is_rejected),
        cmocka_unit_test(event_with_any_byte_changed_is_read_safely),
        cmocka_unit_test(text_that_annal_did_not_write_is_rejected),
        cmocka_unit_test(attributes_of_binary_mode_are_unescaped_texts),
        cmocka_unit_test(attributes_are_given_once_when_meta_replaces_them),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
