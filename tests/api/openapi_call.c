#include "tests/api/openapi_call.h"

#include "base/encoding.h"
#include "base/json.h"
#include "schema/json_schema/json_schema.h"

#include <stdio.h>

#define HEADERS_MOST 8

struct made_call {
    struct text path, header[HEADERS_MOST];
    size_t headers;
    char *body;
};

static void made_call_finish(struct made_call *call)
{
    text_finish(&call->path);
    for (size_t i = 0; i < HEADERS_MOST; i++)
        text_finish(&call->header[i]);
    free(call->body);
}

json_t *openapi_call_document(const char *address)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(address, "/openapi.json", &reply);
    assert_int_equal(reply.status, 200);
    return http_reply_json(&reply);
}

static const json_t *follow(const json_t *document, const json_t *json)
{
    const char *at = json_string_or(json, "$ref", NULL);
    if (!at)
        return json;
    for (at++; *at == '/'; at += strcspn(at, "/")) {
        at++;
        document = json_object_getn(document, at, strcspn(at, "/"));
    }
    if (!document)
        fail_msg("%s leads nowhere", json_string_or(json, "$ref", ""));
    return document;
}

static void add_example(const json_t *parameter, struct text *out)
{
    AUTO(text) struct text value = {0};
    const json_t *example = json_object_get(parameter, "example");
    if (json_is_string(example))
        text_add(&value, json_string_value(example));
    else
        json_write(example, &value);
    encoding_write_percent(text_slice(&value), out);
}

static void add_header(struct made_call *call, const char *name, const char *value)
{
    assert_true(call->headers < HEADERS_MOST);
    text_printf(&call->header[call->headers++], "%s: %s", name, value);
}

static void put_into_path(struct text *path, const json_t *parameter)
{
    AUTO(text) struct text place = {0}, put = {0};
    text_printf(&place, "{%s}", json_string_or(parameter, "name", ""));
    const char *at = strstr(path->at, place.at);
    if (!at)
        fail_msg("%s has no %s", path->at, place.at);
    text_add_slice(&put, (struct slice){path->at, (size_t)(at - path->at)});
    add_example(parameter, &put);
    text_add(&put, at + place.length);
    text_clear(path);
    text_add_slice(path, text_slice(&put));
}

static void make_parameters(const json_t *document, const json_t *operation, struct made_call *call)
{
    AUTO(text) struct text query = {0};
    size_t i;
    const json_t *each;
    json_array_foreach (json_object_get(operation, "parameters"), i, each) {
        const json_t *parameter = follow(document, each);
        const char *in = json_string_or(parameter, "in", "");
        const char *name = json_string_or(parameter, "name", "");
        if (!json_object_get(parameter, "example")) {
            assert_false(json_is_true(json_object_get(parameter, "required")));
            continue;
        }
        if (strcmp(in, "path") == 0)
            put_into_path(&call->path, parameter);
        if (strcmp(in, "query") == 0) {
            text_printf(&query, "%c%s=", query.length ? '&' : '?', name);
            add_example(parameter, &query);
        }
        if (strcmp(in, "header") == 0)
            add_header(call, name, json_string_or(parameter, "example", "0"));
    }
    text_add_slice(&call->path, text_slice(&query));
}

static void make_body(const json_t *document, const json_t *operation, struct made_call *call)
{
    const json_t *body = follow(document, json_object_get(operation, "requestBody"));
    json_t *content = json_object_get(body, "content");
    if (!content)
        return;
    const char *type = json_object_iter_key(json_object_iter(content));
    const json_t *example = json_object_get(json_object_get(content, type), "example");
    assert_non_null(example);
    call->body = json_dumps(example, 0);
    add_header(call, "Content-Type", type);
}

/* The schema as a document of its own, with the components beside it. */
static struct json_schema *compile(const json_t *document, const json_t *schema)
{
    AUTO(text) struct text text = {0}, moved = {0};
    AUTO(json) json_t *json = NULL;
    struct json_schema *compiled = NULL;
    const char from[] = "#/components/schemas/", to[] = "#/$defs/";
    text_add(&text, "{\"allOf\":[");
    json_write(schema, &text);
    text_add(&text, "],\"$defs\":");
    json_write(json_object_get(json_object_get(document, "components"), "schemas"), &text);
    text_add_char(&text, '}');
    for (const char *at = text.at, *next; *at; at = next) {
        next = strstr(at, from);
        text_add_slice(&moved, (struct slice){at, next ? (size_t)(next - at) : strlen(at)});
        if (!next)
            break;
        text_add(&moved, to);
        next += strlen(from);
    }
    assert_ok(json_read(text_slice(&moved), &json, &error));
    assert_ok(json_schema_compile(json, &compiled, &error));
    return compiled;
}

static void check_json(const json_t *document, const json_t *schema, const struct http_reply *reply,
                       const char *what)
{
    AUTO(schema_faults) struct schema_faults faults = {0};
    AUTO(json_schema) struct json_schema *compiled = compile(document, schema);
    AUTO(json) json_t *body = http_reply_json(reply);
    if (!json_schema_validate(compiled, body, &faults))
        fail_msg("%s: %s: %s: %s", what, faults.fault[0].pointer, faults.fault[0].detail,
                 reply->body.at);
}

/* Every header but those that belong to HTTP itself. */
static void check_known(const json_t *response, const struct http_reply *reply, const char *what)
{
    const json_t *known = json_object_get(response, "headers");
    const char *at = strchr(reply->headers.at, '\n'); /* behind the status line */
    for (; at && at[1] && at[1] != '\r'; at = strchr(at + 1, '\n')) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, ":"), at + 1);
        if (!strstr(" Date Content-Type Content-Length Transfer-Encoding Connection ", name) &&
            !json_object_get(known, name))
            fail_msg("%s: the document does not know that %ld may have %s", what, reply->status,
                     name);
    }
}

static void check_headers(const json_t *document, const json_t *response, struct http_reply *reply,
                          const char *what)
{
    check_known(response, reply, what);
    const char *name;
    const json_t *each;
    json_object_foreach (json_object_get(response, "headers"), name, each) {
        const json_t *header = follow(document, each);
        if (json_is_true(json_object_get(header, "required")) && !http_reply_header(reply, name))
            fail_msg("%s: %ld has no header %s", what, reply->status, name);
    }
}

static void check_content(const json_t *document, const json_t *response, struct http_reply *reply,
                          const char *what)
{
    char type[128] = "";
    const char *header = http_reply_header(reply, "Content-Type");
    if (header)
        snprintf(type, sizeof type, "%.*s", (int)strcspn(header, ";"), header);
    const json_t *media = json_object_get(json_object_get(response, "content"), type);
    if (!media)
        fail_msg("%s: %ld is %s, which the document does not know", what, reply->status, type);
    if (strstr(type, "json") && !strstr(type, "ndjson"))
        check_json(document, json_object_get(media, "schema"), reply, what);
}

static void check_answer(const json_t *document, const json_t *operation, struct http_reply *reply,
                         const char *what)
{
    char status[8];
    snprintf(status, sizeof status, "%ld", reply->status);
    const json_t *response =
        follow(document, json_object_get(json_object_get(operation, "responses"), status));
    if (!response)
        fail_msg("%s: the document does not know %s: %s", what, status, reply->body.at);
    check_headers(document, response, reply, what);
    if (reply->status != 304)
        check_content(document, response, reply, what);
}

/* With a header and a parameter more, which may be "". */
static void call_one(const char *address, const json_t *document, const char *path,
                     const char *method, const json_t *operation, const char *header,
                     const char *parameter, struct text *answers)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(http_client) struct http_client *client = http_client_open(address);
    struct made_call made = {0};
    const char *id = json_string_or(operation, "operationId", "");
    text_add(&made.path, path);
    make_parameters(document, operation, &made);
    make_body(document, operation, &made);
    text_printf(&made.path, "%s%s", parameter[0] ? strchr(made.path.at, '?') ? "&" : "?" : "",
                parameter);
    struct http_call call = {
        .method = strcmp(method, "get") == 0 ? "GET" : "POST",
        .path = made.path.at,
        .body = made.body,
    };
    for (size_t i = 0; i < made.headers; i++)
        call.headers[i] = made.header[i].at;
    call.headers[made.headers] = header[0] ? header : NULL;
    http_client_call(client, &call, &reply);
    check_answer(document, operation, &reply, id);
    text_printf(answers, "%s %ld\n", id, reply.status);
    made_call_finish(&made);
}

static void call_in_each_type(const char *address, const json_t *document, const char *path,
                              const char *method, const json_t *operation, struct text *answers)
{
    const json_t *good =
        follow(document, json_object_get(json_object_get(operation, "responses"), "200"));
    const char *type;
    const json_t *media;
    assert_non_null(good);
    json_object_foreach (json_object_get(good, "content"), type, media)
        if (strcmp(type, "text/event-stream") != 0) {
            AUTO(text) struct text accept = {0};
            text_printf(&accept, "Accept: %s", type);
            call_one(address, document, path, method, operation, accept.at, "", answers);
        }
}

static void call_wrongly(const char *address, const json_t *document, const char *path,
                         const char *method, const json_t *operation, struct text *answers)
{
    static const char *const wrong[][2] = {
        {"Accept: image/png", ""},
        {"Host: elsewhere.example", ""},
        {"If-Match: three", ""},
        {"Origin: http://elsewhere.example", ""},
        {"Idempotency-Key: \"\"", ""},
        {"If-Match: \"99\"", ""},
        {"If-None-Match: *", ""},
        {"Idempotency-Key: once", ""},
        {"Idempotency-Key: once", ""},
        {"Annal-Min-Position: x", ""},
        {"", "there=is%20no%20such%20one"},
        {"Annal-Min-Position: 999999999", ""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        call_one(address, document, path, method, operation, wrong[i][0], wrong[i][1], answers);
}

void openapi_call_each(const char *address, const json_t *document, const char *method,
                       struct text *ret_answers)
{
    const char *path;
    json_t *item;
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        const json_t *operation = json_object_get(item, method);
        if (operation)
            call_in_each_type(address, document, path, method, operation, ret_answers);
    }
}

/* One operation of each route: what it refuses, it refuses for all it serves. */
void openapi_call_wrongly(const char *address, const json_t *document, const char *method,
                          struct text *ret_answers)
{
    const char *path, *last = "";
    json_t *item;
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        const json_t *operation = json_object_get(item, method);
        const char *route = json_string_or(operation, "x-route", last);
        if (strcmp(route, last) != 0)
            call_wrongly(address, document, path, method, operation, ret_answers);
        last = route;
    }
}
