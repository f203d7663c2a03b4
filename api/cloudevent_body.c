/* All modes are converted to the structured form, so that one function checks attributes. */
#include "api/cloudevent_body.h"

#include "base/encoding.h"
#include "base/json.h"
#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/json_body.h"
#include "http/media_type.h"
#include "schema/json_schema/format.h"
#include "telemetry/trace_context.h"

#include <strings.h>

void cloudevent_body_finish(struct cloudevent_body *body)
{
    for (size_t i = 0; i < body->count; i++)
        external_event_finish(&body->events[i]);
}

/* W3C Trace Context: an invalid traceparent is ignored, and the event belongs to the request's trace. */
static void drop_invalid_trace(json_t *structured)
{
    const char *parent = json_string_value(json_object_get(structured, "traceparent"));
    if (parent && !trace_context_is_valid(parent))
        json_object_del(structured, "traceparent");
}

static enum err read_event(json_t *structured, struct cloudevent_body *body, struct error *error)
{
    drop_invalid_trace(structured);
    enum err err = external_event_read(structured, &body->events[body->count], error);
    if (!err)
        body->count++;
    return err;
}

static void allocate(struct http_request *request, struct cloudevent_body *body, size_t count)
{
    size_t bytes = count * sizeof *body->events;
    body->events = memset(arena_allocate(&request->arena, bytes), 0, bytes);
}

static enum err read_batch(struct http_request *request, const json_t *json,
                           struct cloudevent_body *body, struct error *error)
{
    size_t index;
    json_t *each;
    if (!json_is_array(json) || json_array_size(json) == 0 ||
        json_array_size(json) > CLOUDEVENT_BATCH_MOST)
        return error_set(error, ERR_BAD_REQUEST, "a batch must be a JSON array of 1 to %d events",
                         CLOUDEVENT_BATCH_MOST);
    allocate(request, body, json_array_size(json));
    json_array_foreach (json, index, each) {
        enum err err = read_event(each, body, error);
        if (err)
            return error_add_context(error, err, "events[%zu]", index);
    }
    return OK;
}

/* --- binary mode: attributes are ce-* headers ------------------------------------------------- */

struct attributes {
    json_t *event;
    enum err err;
    struct error *error;
};

/* In binary mode these are not ce-* headers: data is the body, datacontenttype is Content-Type. */
static bool is_content(const char *attribute)
{
    return strcmp(attribute, "data") == 0 || strcmp(attribute, "data_base64") == 0 ||
           strcmp(attribute, "datacontenttype") == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Quotes are removed before anything else (RFC 9110 §5.6.4, and §3.1.3.2 of the binding). */
static void unquote(struct slice value, struct text *out)
{
    bool quoted = value.length >= 2 && value.at[0] == '"' && value.at[value.length - 1] == '"';
    if (!quoted) {
        text_add_slice(out, value);
        return;
    }
    for (size_t i = 1; i + 1 < value.length; i++) {
        if (value.at[i] == '\\' && i + 2 < value.length)
            i++;
        text_add_char(out, value.at[i]);
    }
}

/* Header names are case-insensitive, attribute names are lower case. */
static void add_attribute(void *context, const char *name, const char *value)
{
    struct attributes *attributes = context;
    AUTO(text) struct text attribute = {0}, plain = {0}, decoded = {0};
    if (attributes->err || strncasecmp(name, "ce-", 3) != 0)
        return;
    for (const char *at = name + 3; *at; at++)
        text_add_char(&attribute, lower(*at));
    unquote(slice_of(value ? value : ""), &plain);
    if (!attribute.length || is_content(attribute.at))
        attributes->err = error_set(
            attributes->error, ERR_BAD_REQUEST,
            "the header %s is not allowed in binary mode; send the data as the body", name);
    else if (!encoding_read_percent(text_slice(&plain), false, &decoded))
        attributes->err = error_set(attributes->error, ERR_BAD_REQUEST,
                                    "the header %s is not percent-encoded UTF-8", name);
    else if (json_object_get(attributes->event, attribute.at))
        attributes->err =
            error_set(attributes->error, ERR_BAD_REQUEST, "duplicate header %s", name);
    else
        json_object_set_new(attributes->event, attribute.at,
                            json_stringn(decoded.at ? decoded.at : "", decoded.length));
}

static enum err read_binary(struct http_request *request, struct cloudevent_body *body,
                            struct error *error)
{
    AUTO(json) json_t *event = json_object();
    struct attributes attributes = {.event = event, .error = error};
    const char *type = http_request_header(request, HTTP_CONTENT_TYPE);
    json_t *data = NULL;
    if (type)
        json_object_set_new(event, "datacontenttype", json_string(type));
    http_server_each_header(request, add_attribute, &attributes);
    enum err err = attributes.err;
    if (!err && request->body.length > 0) {
        err = json_body_parse(request, request->body.length, &data, error);
        if (!err)
            json_object_set_new(event, "data", data);
    }
    if (err)
        return err;
    /* Usually the client meant another mode, or an address for commands. */
    if (!json_object_get(event, "specversion"))
        return error_set(
            error, ERR_BAD_REQUEST,
            "attribute specversion is missing: send it as the header ce-specversion, or "
            "send the event as application/cloudevents+json");
    allocate(request, body, 1);
    return read_event(event, body, error);
}

/* --- which mode ------------------------------------------------------------------------------- */

static enum err read_json(struct http_request *request, struct cloudevent_body *body,
                          struct error *error)
{
    AUTO(json) json_t *json = NULL;
    enum err err = json_body_parse(request, request->body.length, &json, error);
    if (err)
        return err;
    if (body->mode == CLOUDEVENT_BATCH)
        return read_batch(request, json, body, error);
    allocate(request, body, 1);
    return read_event(json, body, error);
}

/* The data must be JSON; binary mode allows any of its media types. */
static bool is_understood(const char *type, enum cloudevent_mode mode, const char *must_be)
{
    if (mode != CLOUDEVENT_BINARY)
        return media_type_is(type, must_be);
    return type && format_is_json_media(slice_of(type)) && media_type_is_utf8(type);
}

/* The JSON format only; batch is tested before the prefix it shares with structured. */
static enum err find_mode(const struct http_request *request, enum cloudevent_mode *ret,
                          struct error *error)
{
    const char *type = http_request_header(request, HTTP_CONTENT_TYPE);
    bool batch = media_type_begins(type, "application/cloudevents-batch");
    bool structured = media_type_begins(type, "application/cloudevents");
    const char *must_be = batch        ? "application/cloudevents-batch+json"
                          : structured ? "application/cloudevents+json"
                                       : "application/json or another JSON type (+json)";
    bool no_data = !batch && !structured && !type && request->body.length == 0;
    *ret = batch ? CLOUDEVENT_BATCH : structured ? CLOUDEVENT_STRUCTURED : CLOUDEVENT_BINARY;
    if (!no_data && !is_understood(type, *ret, must_be))
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "Content-Type is %s; it must be %s, in UTF-8", type ? type : "missing",
                         must_be);
    return OK;
}

enum err cloudevent_body_read(struct http_request *request, struct cloudevent_body *ret_body,
                              struct error *error)
{
    enum err err = find_mode(request, &ret_body->mode, error);
    if (err)
        return err;
    return ret_body->mode == CLOUDEVENT_BINARY ? read_binary(request, ret_body, error)
                                               : read_json(request, ret_body, error);
}
