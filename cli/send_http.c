#include "cli/send.h"

#include "base/json.h"
#include "http/http_calls.h"

struct send_http {
    struct http_calls *calls;
    char *base_url;
    send_done_fn *done;
    void *context;
};

/* The detail of a problem document, followed by its faults. */
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

static void on_done(void *context, void *command, const struct http_call_answer *answer)
{
    struct send_http *http = context;
    AUTO(text) struct text reason = {0};
    enum send_outcome outcome = SEND_REFUSED;
    if (answer->status == 0) {
        outcome = SEND_RETRY;
        text_add(&reason, answer->trouble);
    } else if (answer->status >= 200 && answer->status < 300) {
        outcome = SEND_ACCEPTED;
    } else {
        write_reason(answer->body, &reason);
        if (answer->status == 503 || answer->status == 429)
            outcome = SEND_RETRY;
    }
    http->done(http->context, command, outcome, answer->status, reason.at ? reason.at : "");
}

struct send_http *send_http_create(const char *base_url, size_t in_flight, send_done_fn *done,
                                   void *context)
{
    struct send_http *http = calloc(1, sizeof *http);
    REQUIRE(http);
    http->calls = http_calls_create(in_flight, on_done, http);
    http->base_url = strdup(base_url);
    REQUIRE(http->base_url);
    http->done = done;
    http->context = context;
    return http;
}

void send_http_destroy(struct send_http *http)
{
    if (!http)
        return;
    http_calls_destroy(http->calls);
    free(http->base_url);
    free(http);
}

bool send_http_has_slot(const struct send_http *http)
{
    return http_calls_has_room(http->calls);
}

size_t send_http_in_flight(const struct send_http *http)
{
    return http_calls_in_flight(http->calls);
}

void send_http_start(struct send_http *http, struct send_command *command)
{
    AUTO(text) struct text url = {0};
    AUTO(text) struct text key = {0};
    text_printf(&url, "%s%s", http->base_url, command->path);
    text_printf(&key, "Idempotency-Key: \"%s\"", command->key);
    http_calls_start(http->calls, &(struct http_call_request){
                                      .method = "POST",
                                      .url = url.at,
                                      .headers = {"Content-Type: application/json", key.at},
                                      .body = text_slice(&command->body),
                                      .context = command,
                                  });
}

void send_http_work(struct send_http *http, int also_fd, int ms)
{
    http_calls_work(http->calls, also_fd, ms);
}
