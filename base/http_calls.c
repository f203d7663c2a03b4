#include "base/http_calls.h"

#include "base/error.h"
#include "base/text.h"

#include <curl/curl.h>

#define REQUEST_TIMEOUT_MS 30000L
#define ANSWER_MOST_BYTES  ((size_t)1024 * 1024)

/* One request at a time; there are as many slots as may be in flight. */
struct slot {
    CURL *curl;
    struct curl_slist *headers;
    struct text answer;
    void *request_context;
    bool busy;
};

struct http_calls {
    CURLM *multi;
    struct slot *slots;
    size_t slot_count, in_flight;
    http_call_done_fn *done;
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

struct http_calls *http_calls_create(size_t in_flight, http_call_done_fn *done, void *context)
{
    struct http_calls *calls = calloc(1, sizeof *calls);
    REQUIRE(calls);
    calls->multi = curl_multi_init();
    calls->slots = calloc(in_flight, sizeof *calls->slots);
    REQUIRE(calls->multi && calls->slots);
    calls->slot_count = in_flight;
    calls->done = done;
    calls->context = context;
    curl_multi_setopt(calls->multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
    for (size_t i = 0; i < in_flight; i++)
        prepare_slot(&calls->slots[i]);
    return calls;
}

static void give_up(struct http_calls *calls, struct slot *slot)
{
    curl_multi_remove_handle(calls->multi, slot->curl);
    calls->done(calls->context, slot->request_context,
                &(struct http_call_answer){.body = {"", 0}, .trouble = "given up"});
}

void http_calls_destroy(struct http_calls *calls)
{
    if (!calls)
        return;
    for (size_t i = 0; i < calls->slot_count; i++) {
        if (calls->slots[i].busy)
            give_up(calls, &calls->slots[i]);
        curl_easy_cleanup(calls->slots[i].curl);
        curl_slist_free_all(calls->slots[i].headers);
        text_finish(&calls->slots[i].answer);
    }
    curl_multi_cleanup(calls->multi);
    free(calls->slots);
    free(calls);
}

bool http_calls_has_room(const struct http_calls *calls)
{
    return calls->in_flight < calls->slot_count;
}

size_t http_calls_in_flight(const struct http_calls *calls)
{
    return calls->in_flight;
}

static struct slot *free_slot(struct http_calls *calls)
{
    for (size_t i = 0; i < calls->slot_count; i++)
        if (!calls->slots[i].busy)
            return &calls->slots[i];
    REQUIRE(!"http_calls_start was called without room");
    return NULL;
}

void http_calls_start(struct http_calls *calls, const struct http_call_request *request)
{
    struct slot *slot = free_slot(calls);
    curl_slist_free_all(slot->headers);
    slot->headers = curl_slist_append(NULL, "Expect:");
    for (const char *const *header = request->headers; *header; header++)
        slot->headers = curl_slist_append(slot->headers, *header);
    slot->request_context = request->context;
    slot->busy = true;
    text_clear(&slot->answer);
    curl_easy_setopt(slot->curl, CURLOPT_URL, request->url);
    curl_easy_setopt(slot->curl, CURLOPT_UNIX_SOCKET_PATH, request->socket_path);
    curl_easy_setopt(slot->curl, CURLOPT_HTTPHEADER, slot->headers);
    if (request->body.length) {
        curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDSIZE, (long)request->body.length);
        curl_easy_setopt(slot->curl, CURLOPT_POSTFIELDS, request->body.at);
    } else {
        curl_easy_setopt(slot->curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(slot->curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_multi_add_handle(calls->multi, slot->curl);
    calls->in_flight++;
}

static void finish(struct http_calls *calls, struct slot *slot, CURLcode result)
{
    long status = 0;
    curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(calls->multi, slot->curl);
    slot->busy = false;
    calls->in_flight--;
    struct http_call_answer answer = {.body = {"", 0}, .trouble = ""};
    if (result == CURLE_OK) {
        answer.status = (int)status;
        answer.body = text_slice(&slot->answer);
    } else {
        answer.trouble = curl_easy_strerror(result);
    }
    calls->done(calls->context, slot->request_context, &answer);
}

void http_calls_work(struct http_calls *calls, int also_fd, int ms)
{
    int running, left;
    struct curl_waitfd also = {.fd = also_fd, .events = CURL_WAIT_POLLIN};
    curl_multi_perform(calls->multi, &running);
    CURLMsg *message = curl_multi_info_read(calls->multi, &left);
    if (!message) {
        curl_multi_poll(calls->multi, also_fd >= 0 ? &also : NULL, also_fd >= 0, ms, NULL);
        curl_multi_perform(calls->multi, &running);
        message = curl_multi_info_read(calls->multi, &left);
    }
    for (; message; message = curl_multi_info_read(calls->multi, &left)) {
        struct slot *slot = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        finish(calls, slot, result);
    }
}
