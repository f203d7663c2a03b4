/* CloudEvents made by others: what is wrong is named, what is right is kept. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "schema/external_event.h"

/* A right event with the members of `more` (JSON, beginning with a comma, or "") at its end. */
static json_t *event_with(const char *more)
{
    AUTO(text) struct text text = {0};
    text_printf(&text,
                "{\"specversion\":\"1.0\",\"id\":\"A-1\",\"source\":\"/shop\","
                "\"type\":\"parcel.sent.v1\"%s}",
                more);
    json_t *json = NULL;
    assert_ok(json_read(text_slice(&text), &json, &error));
    return json;
}

/* A right event in which one attribute has another value (JSON), or none if it is NULL. */
static json_t *event_setting(const char *name, const char *value)
{
    json_t *event = event_with("");
    if (!value) {
        json_object_del(event, name);
        return event;
    }
    json_t *json = NULL;
    assert_ok(json_read(slice_of(value), &json, &error));
    json_object_set_new(event, name, json);
    return event;
}

/* Takes the event over. */
static void assert_refused(json_t *take_event, enum err code, const char *why)
{
    AUTO(json) json_t *event = take_event;
    AUTO(external_event) struct external_event external = {0};
    struct error error = {0};
    enum err err = external_event_read(event, &external, &error);
    if (err != code || !strstr(error.text, why))
        fail_msg("expected \"%s\", got %d: %s", why, (int)err, error.text);
    assert_null(external.id);
}

static void assert_meta(const char *more, const char *meta)
{
    AUTO(json) json_t *event = event_with(more);
    AUTO(external_event) struct external_event external = {0};
    assert_ok(external_event_read(event, &external, &error));
    assert_string_equal(external.meta, meta);
}

static void event_with_all_attributes_is_read(void **state)
{
    (void)state;
    AUTO(json)
    json_t *event =
        event_with(",\"time\":\"2020-01-01T00:00:00+01:00\",\"subject\":\"p 1\",\"myflag\":true,"
                   "\"datacontenttype\":\"application/json\",\"data\":{ \"b\": 1, \"a\": [2.5] }");
    AUTO(external_event) struct external_event external = {0};
    assert_ok(external_event_read(event, &external, &error));
    assert_string_equal(external.id, "A-1");
    assert_string_equal(external.source, "/shop");
    assert_string_equal(external.type, "parcel.sent.v1");
    assert_string_equal(external.data, "{\"b\":1,\"a\":[2.5]}");
    assert_string_equal(external.meta,
                        "{\"source\":\"/shop\",\"time\":\"2020-01-01T00:00:00+01:00\","
                        "\"subject\":\"p 1\",\"myflag\":true}");
    assert_true(json_is_object(external.data_json));
}

static void event_without_data_has_null(void **state)
{
    (void)state;
    AUTO(json) json_t *event = event_with("");
    AUTO(external_event) struct external_event external = {0};
    assert_ok(external_event_read(event, &external, &error));
    assert_string_equal(external.data, "null");
    assert_true(json_is_null(external.data_json));
    assert_string_equal(external.meta, "{\"source\":\"/shop\"}");
}

static void a_value_that_is_not_an_object_is_rejected(void **state)
{
    (void)state;
    assert_refused(json_array(), ERR_BAD_REQUEST, "object");
    assert_refused(json_null(), ERR_BAD_REQUEST, "object");
}

static void missing_attribute_is_named(void **state)
{
    (void)state;
    const char *const required[] = {"specversion", "id", "source", "type"};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
        AUTO(text) struct text why = {0};
        text_printf(&why, "attribute %s is missing", required[i]);
        assert_refused(event_setting(required[i], NULL), ERR_BAD_REQUEST, why.at);
        assert_refused(event_setting(required[i], "null"), ERR_BAD_REQUEST, why.at);
    }
}

static void wrong_attribute_is_named(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"specversion", "\"0.3\"", "attribute specversion must be \"1.0\""},
        {"specversion", "1.0", "attribute specversion must be \"1.0\""},
        {"id", "\"\"", "attribute id must be a non-empty string"},
        {"id", "17", "attribute id must be a non-empty string"},
        {"id", "\"a\\nb\"", "attribute id must not contain control"},
        {"id", "\"a\\u0085b\"", "attribute id must not contain control"},
        {"source", "\"\"", "attribute source must be a non-empty string"},
        {"source", "[]", "attribute source must be a non-empty string"},
        {"source", "\"not a uri\"", "attribute source must be a URI reference"},
        {"source", "\"1a:b\"", "attribute source must be a URI reference"},
        {"type", "{}", "attribute type must be a non-empty string"},
        {"type", "\"\"", "attribute type must be a non-empty string"},
        {"time", "\"yesterday\"", "attribute time must be a time"},
        {"time", "1767225600", "attribute time must be a time"},
        {"subject", "\"\"", "attribute subject must be a non-empty string"},
        {"subject", "false", "attribute subject must be a non-empty string"},
        {"datacontenttype", "7", "attribute datacontenttype must be a non-empty string"},
        {"correlationid", "7", "attribute correlationid must be a non-empty string"},
        {"causationid", "true", "attribute causationid must be a non-empty string"},
        {"traceparent", "{}", "attribute traceparent must be a non-empty string"},
        {"myext", "1.5", "attribute myext must be a string, an integer or a boolean"},
        {"myext", "{}", "attribute myext must be a string, an integer or a boolean"},
        {"myext", "[]", "attribute myext must be a string, an integer or a boolean"},
        {"myext", "2147483648", "attribute myext must be an integer of 32 bits"},
        {"myext", "\"\\u0007\"", "attribute myext must not contain control"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(event_setting(wrong[i][0], wrong[i][1]), ERR_BAD_REQUEST, wrong[i][2]);
}

static void id_longer_than_255_bytes_is_rejected(void **state)
{
    (void)state;
    char id[258];
    memset(id, 'x', sizeof id);
    id[0] = id[256] = '"';
    id[257] = '\0';
    AUTO(json) json_t *event = event_setting("id", id);
    AUTO(external_event) struct external_event external = {0};
    assert_ok(external_event_read(event, &external, &error));
    json_object_set_new(event, "id", json_sprintf("%sx", external.id));
    assert_refused(json_incref(event), ERR_BAD_REQUEST, "attribute id must have at most 255 bytes");
}

static void attributes_beyond_their_bound_are_rejected(void **state)
{
    (void)state;
    json_t *event = event_with("");
    AUTO(string) char *subject = malloc(70001);
    memset(subject, 's', 70000);
    subject[70000] = '\0';
    json_object_set_new(event, "subject", json_string(subject));
    assert_refused(event, ERR_BAD_REQUEST, "longer than 65536 bytes");
}

static void null_attribute_counts_as_absent(void **state)
{
    (void)state;
    assert_meta(",\"time\":null,\"subject\":null,\"datacontenttype\":null,\"myext\":null,"
                "\"data_base64\":null,\"dataschema\":null",
                "{\"source\":\"/shop\"}");
}

static void annals_own_attributes_are_ignored(void **state)
{
    (void)state;
    assert_meta(",\"sequence\":\"7\",\"partitionkey\":\"x\",\"streamversion\":9,"
                "\"recordedtime\":\"now\",\"dataschema\":{},\"authtype\":\"user\","
                "\"authid\":\"alice\"",
                "{\"source\":\"/shop\"}");
}

static void unknown_extension_is_kept(void **state)
{
    (void)state;
    assert_meta(",\"zulu\":\"z\\\"é\",\"alpha\":-7,\"b2\":false",
                "{\"source\":\"/shop\",\"zulu\":\"z\\\"é\",\"alpha\":-7,\"b2\":false}");
    assert_meta(",\"abcdefghij0123456789\":\"\"",
                "{\"source\":\"/shop\",\"abcdefghij0123456789\":\"\"}");
}

static void extension_with_a_wrong_name_is_rejected(void **state)
{
    (void)state;
    const char *const names[] = {"myExt", "my_ext", "my-ext", "", "é", "abcdefghij0123456789x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO(text) struct text why = {0};
        text_printf(&why, "attribute \"%s\"", names[i]);
        assert_refused(event_setting(names[i], "1"), ERR_BAD_REQUEST, why.at);
    }
}

static void json_media_types_except_the_default_are_kept(void **state)
{
    (void)state;
    const char *const media[] = {"\"application/json\"", "\"APPLICATION/Json; charset=utf-8\"",
                                 "\"text/json\"", "\"application/vnd.shop.order+json;v=1\"",
                                 "\"application/json ;v=1\""};
    for (size_t i = 0; i < sizeof media / sizeof *media; i++) {
        AUTO(json) json_t *event = event_setting("datacontenttype", media[i]);
        AUTO(external_event) struct external_event external = {0};
        AUTO(text) struct text meta = {0};
        text_printf(&meta, "{\"source\":\"/shop\",\"datacontenttype\":%s}", media[i]);
        assert_ok(external_event_read(event, &external, &error));
        assert_string_equal(external.meta, i ? meta.at : "{\"source\":\"/shop\"}");
    }
}

static void other_media_types_are_rejected(void **state)
{
    (void)state;
    const char *const media[] = {"\"application/xml\"",
                                 "\"text/plain\"",
                                 "\"json\"",
                                 "\"application/jsonx\"",
                                 "\"application/+json\"",
                                 "\"image/json\"",
                                 "\"application/json x\"",
                                 "\"application/json/json\"",
                                 "\"/json\"",
                                 "\"application/json; \u00e9\""};
    for (size_t i = 0; i < sizeof media / sizeof *media; i++)
        assert_refused(event_setting("datacontenttype", media[i]), ERR_UNSUPPORTED_MEDIA,
                       "datacontenttype");
}

static void binary_data_is_rejected(void **state)
{
    (void)state;
    assert_refused(event_setting("data_base64", "\"AAEC\""), ERR_UNSUPPORTED_MEDIA, "data_base64");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(event_with_all_attributes_is_read),
        cmocka_unit_test(event_without_data_has_null),
        cmocka_unit_test(a_value_that_is_not_an_object_is_rejected),
        cmocka_unit_test(missing_attribute_is_named),
        cmocka_unit_test(wrong_attribute_is_named),
        cmocka_unit_test(id_longer_than_255_bytes_is_rejected),
        cmocka_unit_test(attributes_beyond_their_bound_are_rejected),
        cmocka_unit_test(null_attribute_counts_as_absent),
        cmocka_unit_test(annals_own_attributes_are_ignored),
        cmocka_unit_test(unknown_extension_is_kept),
        cmocka_unit_test(extension_with_a_wrong_name_is_rejected),
        cmocka_unit_test(json_media_types_except_the_default_are_kept),
        cmocka_unit_test(other_media_types_are_rejected),
        cmocka_unit_test(binary_data_is_rejected),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
