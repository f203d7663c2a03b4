/* A table has a rule of CloudEvents 1.0 §3 for each attribute; null counts as absent. The bounds are ours:
 * an id must fit an AMQP property, all attributes together an AMQP frame.
 */
#include "schema/external_event.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_text.h"
#include "schema/json_schema/format.h"

#define ID_MOST_BYTES          255
#define META_MOST_BYTES        ((size_t)64 * 1024)
#define EXTENSION_NAME_LONGEST 20

void external_event_finish(struct external_event *event)
{
    free(event->id);
    free(event->source);
    free(event->type);
    free(event->data);
    free(event->meta);
    json_decref(event->data_json);
    *event = (struct external_event){0};
}

/* CloudEvents forbids U+0000 to U+001F and U+007F to U+009F in strings. */
static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        unsigned char next = i + 1 < text.length ? (unsigned char)text.at[i + 1] : 0;
        if (c < 0x20 || c == 0x7F || (c == 0xC2 && next < 0xA0))
            return true;
    }
    return false;
}

static struct slice string_slice(const json_t *string)
{
    return (struct slice){json_string_value(string), json_string_length(string)};
}

/* Each check returns NULL if the value is valid, else the rule that it breaks. */
typedef const char *check_fn(const json_t *value);

static const char *check_text(const json_t *value)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return "must be a non-empty string";
    return has_control(string_slice(value)) ? "must not contain control characters" : NULL;
}

static const char *check_specversion(const json_t *value)
{
    return json_is_string(value) && slice_is(string_slice(value), "1.0") ? NULL : "must be \"1.0\"";
}

static const char *check_id(const json_t *value)
{
    const char *wrong = check_text(value);
    if (wrong)
        return wrong;
    return json_string_length(value) > ID_MOST_BYTES ? "must have at most 255 bytes" : NULL;
}

static const char *check_source(const json_t *value)
{
    const char *wrong = check_text(value);
    if (wrong)
        return wrong;
    return format_is_uri_reference(string_slice(value)) ? NULL
                                                        : "must be a URI reference (RFC 3986)";
}

static const char *check_time(const json_t *value)
{
    int64_t us;
    return json_is_string(value) && clock_parse(string_slice(value), &us)
               ? NULL
               : "must be a time like 2026-11-23T10:00:00Z (RFC 3339)";
}

/* The types of an extension that JSON distinguishes; an integer has 32 bits (§3.1). */
static const char *check_extension(const json_t *value)
{
    if (json_is_boolean(value))
        return NULL;
    if (json_is_integer(value))
        return json_integer_value(value) == (int32_t)json_integer_value(value)
                   ? NULL
                   : "must be an integer of 32 bits";
    if (json_is_string(value))
        return has_control(string_slice(value)) ? "must not contain control characters" : NULL;
    return "must be a string, an integer or a boolean";
}

static const char *check_nothing(const json_t *value)
{
    (void)value;
    return NULL;
}

/* What happens to a member. */
enum fate {
    FATE_READ, /* has a field in struct external_event */
    FATE_KEPT, /* is stored in meta */
    FATE_OURS, /* is set by annal when it sends the event */
};

/* Kept attributes are in meta in this order. */
static const struct known {
    const char *name;
    bool required;
    enum fate fate;
    check_fn *check;
} known[] = {
    {"specversion", true, FATE_READ, check_specversion},
    {"id", true, FATE_READ, check_id},
    {"source", true, FATE_KEPT, check_source},
    {"type", true, FATE_READ, check_text},
    {"time", false, FATE_KEPT, check_time},
    {"subject", false, FATE_KEPT, check_text},
    {"correlationid", false, FATE_KEPT, check_text},
    {"causationid", false, FATE_KEPT, check_text},
    {"traceparent", false, FATE_KEPT, check_text},
    {"datacontenttype", false, FATE_KEPT, check_text}, /* unless it is application/json */
    {"data", false, FATE_READ, check_nothing},
    {"data_base64", false, FATE_READ, check_nothing},
    {"dataschema", false, FATE_OURS, check_nothing},
    {"sequence", false, FATE_OURS, check_nothing},
    {"partitionkey", false, FATE_OURS, check_nothing},
    {"streamversion", false, FATE_OURS, check_nothing},
    {"recordedtime", false, FATE_OURS, check_nothing},
    {"authtype", false, FATE_OURS, check_nothing},
    {"authid", false, FATE_OURS, check_nothing},
};

#define KNOWN_COUNT (sizeof known / sizeof *known)

static const struct known *find_known(const char *name)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

/* The member, NULL if it is absent or null. */
static json_t *member(const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return json_is_null(value) ? NULL : value;
}

static enum err check_known(const json_t *structured, struct error *error)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const json_t *value = member(structured, known[i].name);
        if (!value && known[i].required)
            return error_set(error, ERR_BAD_REQUEST, "attribute %s is missing", known[i].name);
        const char *wrong = value ? known[i].check(value) : NULL;
        if (wrong)
            return error_set(error, ERR_BAD_REQUEST, "attribute %s %s", known[i].name, wrong);
    }
    return OK;
}

static bool is_extension_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
    return length > 0 && length <= EXTENSION_NAME_LONGEST && name[length] == '\0';
}

static enum err check_extensions(json_t *structured, struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach (structured, name, value) {
        if (find_known(name))
            continue;
        if (!is_extension_name(name))
            return error_set(error, ERR_BAD_REQUEST,
                             "attribute \"%.100s\": an extension's name is 1 to %d of the "
                             "characters a-z and 0-9",
                             name, EXTENSION_NAME_LONGEST);
        const char *wrong = json_is_null(value) ? NULL : check_extension(value);
        if (wrong)
            return error_set(error, ERR_BAD_REQUEST, "attribute %s %s", name, wrong);
    }
    return OK;
}

static enum err check_data(const json_t *structured, struct error *error)
{
    const json_t *media = member(structured, "datacontenttype");
    if (media && !format_is_json_media(string_slice(media)))
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "attribute datacontenttype is %.100s: an event's data must be JSON",
                         json_string_value(media));
    if (member(structured, "data_base64"))
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "data_base64: an event's data must be JSON, given as data");
    return OK;
}

static void add_to_meta(struct text *meta, const char *name, const json_t *value)
{
    json_text_name(meta, name);
    json_write(value, meta);
}

/* The default for an event without it. */
static bool is_usual(const char *name, const json_t *value)
{
    return strcmp(name, "datacontenttype") == 0 &&
           slice_is(string_slice(value), "application/json");
}

static void write_meta(json_t *structured, struct text *meta)
{
    text_add_char(meta, '{');
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        const json_t *value = member(structured, known[i].name);
        if (known[i].fate == FATE_KEPT && value && !is_usual(known[i].name, value))
            add_to_meta(meta, known[i].name, value);
    }
    const char *name;
    json_t *value;
    json_object_foreach (structured, name, value) {
        if (!find_known(name) && !json_is_null(value))
            add_to_meta(meta, name, value);
    }
    text_add_char(meta, '}');
}

static char *copy_string(const json_t *structured, const char *name)
{
    char *copy = strdup(json_string_value(member(structured, name)));
    REQUIRE(copy);
    return copy;
}

static json_t *take_data(const json_t *structured)
{
    json_t *data = member(structured, "data");
    return data ? json_incref(data) : json_null();
}

enum err external_event_read(const json_t *structured, struct external_event *ret_event,
                             struct error *error)
{
    if (!json_is_object(structured))
        return error_set(error, ERR_BAD_REQUEST, "a CloudEvent must be a JSON object");
    json_t *object = (json_t *)structured; /* jansson's iterators change nothing in it */
    enum err err;
    if ((err = check_known(object, error)) || (err = check_extensions(object, error)) ||
        (err = check_data(object, error)))
        return err;
    AUTO(text) struct text meta = {0}, data = {0};
    write_meta(object, &meta);
    if (meta.length > META_MOST_BYTES)
        return error_set(error, ERR_BAD_REQUEST, "the attributes are longer than %zu bytes",
                         META_MOST_BYTES);
    json_t *data_json = take_data(object);
    json_write(data_json, &data);
    *ret_event = (struct external_event){
        .id = copy_string(object, "id"),
        .source = copy_string(object, "source"),
        .type = copy_string(object, "type"),
        .data = text_take(&data),
        .meta = text_take(&meta),
        .data_json = data_json,
    };
    return OK;
}
