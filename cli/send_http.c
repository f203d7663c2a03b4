#include "cli/send_http.h"

#include "base/json.h"

#include <curl/curl.h>

#define REQUEST_TIMEOUT_MS 30000L
#define ANSWER_MOST_BYTES  ((size_t)1024 * 1024)

/* One request at a time; there are as many slots as may be in flight. */
struct slot {
    CURL *curl;
    struct curl_slist *headers;
    struct text answer;
    struct send_command *command; /* NULL: free */
};

struct send_http {
    CURLM *multi;
    char *base_url;
    struct slot *slots;
    size_t slot_count, in_flight;
    send_done_fn *done;
    void *context;
};

static size_t collect(char *bytes, size_t size, size_t count, void *answer)
{
    struct text *text = answer;
    if (text->length + size * count > ANSWER_MOST_BYTES)
        return 0;
    text_add_bytes(text, bytes, size * count);
    return size * count;
}

static void prepare_slot(struct slot *slot)
{
    slot->curl = curl_easy_init();
    REQUIRE(slot->curl);
    curl_easy_setopt(slot->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(slot->curl, CURLOPT_WRITEDATA, &slot->answer);
    curl_easy_setopt(slot->curl, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(slot->curl, CURLOPT_TIMEOUT_MS, REQUEST_TIMEOUT_MS);
    curl_easy_setopt(slot->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->curl, CURLOPT_PROXY, "");
}

struct send_http *send_http_create(const char *base_url, size_t in_flight, send_done_fn *done,
                                   void *context)
{
    struct send_http *http = calloc(1, sizeof *http);
    REQUIRE(http);
    http->multi = curl_multi_init();
    http->base_url = strdup(base_url);
    http->slots = calloc(in_flight, sizeof *http->slots);
    REQUIRE(http->multi && http->base_url && http->slots);
    http->slot_count = in_flight;
    http->done = done;
    http->context = context;
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
    for (size_t i = 0; i < in_flight; i++)
        prepare_slot(&http->slots[i]);
    return http;
}

void send_http_destroy(struct send_http *http)
{
    if (!http)
        return;
    for (size_t i = 0; i < http->slot_count; i++) {
        if (http->slots[i].command) {
            curl_multi_remove_handle(http->multi, http->slots[i].curl);
            http->done(http->context, http->slots[i].command, SEND_RETRY, 0, "given up");
        }
        curl_easy_cleanup(http->slots[i].curl);
        curl_slist_free_all(http->slots[i].headers);
        text_finish(&http->slots[i].answer);
    }
    curl_multi_cleanup(http->multi);
    free(http->slots);
    free(http->base_url);
    free(http);
}

bool send_http_has_room(const struct send_http *http)
{
    return http->in_flight < http->slot_count;
}

size_t send_http_in_flight(const struct send_http *http)
{
    return http->in_flight;
}

static struct slot *free_slot(struct send_http *http)
{
    for (size_t i = 0; i < http->slot_count; i++)
        if (!http->slots[i].command)
            return &http->slots[i];
    REQUIRE(!"send_http_start was called without room");
    return NULL;
}

void send_http_start(struct send_http *http, struct send_command *command)
{
    struct slot *slot = free_slot(http);
    AUTO(text) struct text url = {0};
    AUTO(text) struct text key = {0};
    text_printf(&url, "%s%s", http->base_url, command->path);
    text_printf(&key, "Idempotency-Key: \"%s\"", command->key);
    curl_slist_free_all(slot->headers);
    slot->headers = curl_slist_append(NULL, "Content-Type: application/json");
    slot->headers = curl_slist_append(slot->headers, "Expect:");
    slot->headers = curl_slist_append(slot->headers, key.at);
    slot->command = command;
    text_clear(&slot->answer);
    curl_easy_setopt(slot->curl, CURLOPT_URL, url.at);
    curl_easy_setopt(slot->curl, CURLOPT_HTTPHEADER, slot->headers);
    curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDSIZE, (long)command->body.length);
    curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDS, command->body.at);
    curl_multi_add_handle(http->multi, slot->curl);
    http->in_flight++;
}

/* What a problem document says, its faults behind it. */
static void write_reason(struct slice body, struct text *out)
{
    AUTO(json) json_t *problem = NULL;
    if (json_read(body, &problem, NULL) != OK) {
        text_add(out, "the answer is not JSON");
        return;
    }
    text_add(out, json_string_or(problem, "detail", "no reason given"));
    size_t i;
    json_t *fault;
    json_array_foreach (json_object_get(problem, "errors"), i, fault)
        text_printf(out, "; %s: %s", json_string_or(fault, "pointer", ""),
                    json_string_or(fault, "detail", ""));
}

static void finish(struct send_http *http, struct slot *slot, CURLcode result)
{
    long status = 0;
    AUTO(text) struct text reason = {0};
    struct send_command *command = slot->command;
    curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(http->multi, slot->curl);
    slot->command = NULL;
    http->in_flight--;
    enum send_outcome outcome = SEND_REFUSED;
    if (result != CURLE_OK) {
        outcome = SEND_RETRY;
        text_add(&reason, curl_easy_strerror(result));
    } else if (status >= 200 && status < 300) {
        outcome = SEND_ACCEPTED;
    } else {
        write_reason(text_slice(&slot->answer), &reason);
        if (status == 503 || status == 429)
            outcome = SEND_RETRY;
    }
    http->done(http->context, command, outcome, (int)status, reason.at ? reason.at : "");
}

void send_http_work(struct send_http *http, int also_fd, int ms)
{
    int running, left;
    struct curl_waitfd also = {.fd = also_fd, .events = CURL_WAIT_POLLIN};
    curl_multi_perform(http->multi, &running);
    CURLMsg *message = curl_multi_info_read(http->multi, &left);
    if (!message) {
        curl_multi_poll(http->multi, also_fd >= 0 ? &also : NULL, also_fd >= 0, ms, NULL);
        curl_multi_perform(http->multi, &running);
        message = curl_multi_info_read(http->multi, &left);
    }
    for (; message; message = curl_multi_info_read(http->multi, &left)) {
        struct slot *slot = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        finish(http, slot, result);
    }
}
