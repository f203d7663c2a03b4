#include "tests/support/http_client.h"

#include "base/json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

struct http_client {
    CURL *curl;
    char *address, *from; /* from: NULL: any */
    long connections;
};

void http_reply_finish(struct http_reply *reply)
{
    text_finish(&reply->headers);
    text_finish(&reply->body);
}

struct http_client *http_client_open(const char *address)
{
    struct http_client *client = calloc(1, sizeof *client);
    assert_non_null(client);
    client->curl = curl_easy_init();
    client->address = strdup(address);
    assert_non_null(client->curl);
    return client;
}

struct http_client *http_client_open_from(const char *address, const char *from)
{
    struct http_client *client = http_client_open(address);
    client->from = strdup(from);
    return client;
}

void http_client_close(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client->address);
    free(client->from);
    free(client);
}

long http_client_connections(const struct http_client *client)
{
    return client->connections;
}

static size_t collect(char *bytes, size_t size, size_t count, void *text)
{
    text_add_bytes(text, bytes, size * count);
    return size * count;
}

struct upload {
    const char *at;
    size_t left;
};

static size_t give(char *out, size_t size, size_t count, void *context)
{
    struct upload *upload = context;
    size_t taken = upload->left < size * count ? upload->left : size * count;
    memcpy(out, upload->at, taken);
    upload->at += taken;
    upload->left -= taken;
    return taken;
}

static struct curl_slist *make_headers(const struct http_call *call)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < sizeof call->headers / sizeof *call->headers && call->headers[i]; i++)
        list = curl_slist_append(list, call->headers[i]);
    if (call->chunked)
        list = curl_slist_append(list, "Transfer-Encoding: chunked");
    return list;
}

static void set_body(CURL *curl, const struct http_call *call, struct upload *upload)
{
    if (!call->body)
        return;
    upload->at = call->body;
    upload->left = call->body_length ? call->body_length : strlen(call->body);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    if (call->chunked) {
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
        curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)upload->left);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
    }
}

static void set_method(CURL *curl, const char *method)
{
    if (method && strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else if (method)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

bool http_client_try(struct http_client *client, const struct http_call *call,
                     struct http_reply *reply)
{
    CURL *curl = client->curl;
    AUTO(text) struct text url = {0};
    struct upload upload;
    text_clear(&reply->headers);
    text_clear(&reply->body);
    text_printf(&url, "http://%s%s", client->address, call->path);
    struct curl_slist *headers = make_headers(call);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url.at);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (client->from)
        curl_easy_setopt(curl, CURLOPT_INTERFACE, client->from);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, call->timeout_seconds ? call->timeout_seconds : 20L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply->headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->body);
    set_body(curl, call, &upload);
    set_method(curl, call->method);
    CURLcode result = curl_easy_perform(curl);
    long made = 0;
    reply->status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &made);
    client->connections += made;
    curl_slist_free_all(headers);
    text_reserve(&reply->body, 0)[0] = '\0';
    text_reserve(&reply->headers, 0)[0] = '\0';
    return result == CURLE_OK;
}

void http_client_call(struct http_client *client, const struct http_call *call,
                      struct http_reply *reply)
{
    if (!http_client_try(client, call, reply))
        fail_msg("%s %s: the transport failed, after: %s%s", call->method ? call->method : "GET",
                 call->path, reply->headers.at, reply->body.at);
}

void http_get(const char *address, const char *path, struct http_reply *reply)
{
    AUTO(http_client) struct http_client *client = http_client_open(address);
    http_client_call(client, &(struct http_call){.path = path}, reply);
}

void http_post_json(const char *address, const char *path, const char *body,
                    struct http_reply *reply)
{
    AUTO(http_client) struct http_client *client = http_client_open(address);
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = path,
                                         .headers = {"Content-Type: application/json"},
                                         .body = body},
                     reply);
}

const char *http_reply_header(struct http_reply *reply, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = reply->headers.at; line && *line;) {
        const char *end = strchrnul(line, '\n');
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");
            snprintf(reply->header_value, sizeof reply->header_value, "%.*s",
                     (int)strcspn(value, "\r\n"), value);
            return reply->header_value;
        }
        line = *end ? end + 1 : end;
    }
    return NULL;
}

json_t *http_reply_json(const struct http_reply *reply)
{
    json_t *json = NULL;
    struct error error = {0};
    if (json_read(text_slice(&reply->body), &json, &error) != OK)
        fail_msg("the reply is not JSON: %s: %s", error.text, reply->body.at);
    return json;
}

void http_reply_check_problem(struct http_reply *reply, int status, const char *slug)
{
    if (reply->status != status)
        fail_msg("expected %d, got %ld: %s", status, reply->status, reply->body.at);
    const char *content_type = http_reply_header(reply, "Content-Type");
    assert_non_null(content_type);
    assert_string_equal(content_type, "application/problem+json");
    AUTO(json) json_t *problem = http_reply_json(reply);
    AUTO(text) struct text type = {0};
    text_printf(&type, "/problems/%s", slug);
    assert_string_equal(json_string_or(problem, "type", ""), type.at);
    assert_int_equal(json_int_or(problem, "status", 0), status);
    assert_true(strlen(json_string_or(problem, "title", "")) > 0);
    assert_true(strlen(json_string_or(problem, "detail", "")) > 0);
    assert_int_equal(strlen(json_string_or(problem, "traceId", "")), 32);
}
