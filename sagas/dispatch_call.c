/* Many in a request spare both sides most of what a request costs, and reach the command desk
 * together. A request stays well below what the other side takes. */
#include "sagas/dispatch_call.h"

#define COMMANDS_MOST 128
#define EVENTS_MOST   64 /* as the control socket takes (cli/saga_append.c) */
#define COMMAND_BYTES ((size_t)512 * 1024)
#define EVENT_BYTES   ((size_t)48 * 1024)

static const struct {
    const char *begin, *path;
    size_t items_most, bytes_most;
} kinds[] = {
    [DISPATCH_COMMAND] = {"{\"commands\":[", "/commands", COMMANDS_MOST, COMMAND_BYTES},
    [DISPATCH_QUESTION] = {"", "", 1, 0},
    [DISPATCH_EVENT] = {"{\"events\":[", "/saga-events", EVENTS_MOST, EVENT_BYTES},
};

struct dispatch_call *dispatch_call_create(enum dispatch_kind kind)
{
    struct dispatch_call *call = calloc(1, sizeof *call);
    REQUIRE(call);
    call->kind = kind;
    dispatch_list_init(&call->items);
    text_add(&call->body, kinds[kind].begin);
    return call;
}

void dispatch_call_destroy(struct dispatch_call *call)
{
    if (!call)
        return;
    dispatch_list_drop(&call->items);
    text_finish(&call->body);
    free(call);
}

bool dispatch_call_has_room(const struct dispatch_call *call, const struct dispatch_item *item)
{
    const struct dispatch_item *first = call->items.first;
    return call->count == 0 ||
           (!first->alone && !item->alone && call->count < kinds[call->kind].items_most &&
            call->body.length + item->body_length < kinds[call->kind].bytes_most);
}

void dispatch_call_add(struct dispatch_call *call, struct dispatch_item *take_item)
{
    if (call->count++)
        text_add_char(&call->body, ',');
    text_add_bytes(&call->body, take_item->body, take_item->body_length);
    dispatch_list_add(&call->items, take_item);
}

static void ask(struct dispatch_call *call, const char *base_url, struct http_calls *calls)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "%s%s", base_url, call->body.at);
    http_calls_start(calls, &(struct http_call_request){
                                .method = "GET", .url = url.at, .body = {"", 0}, .context = call});
}

void dispatch_call_start(struct dispatch_call *call, const char *base_url, const char *socket_path,
                         struct http_calls *calls)
{
    bool to_socket = call->kind == DISPATCH_EVENT;
    AUTO(text) struct text url = {0};
    if (call->kind == DISPATCH_QUESTION) {
        ask(call, base_url, calls);
        return;
    }
    text_add(&call->body, "]}");
    text_printf(&url, "%s%s", to_socket ? "http://annal" : base_url, kinds[call->kind].path);
    http_calls_start(calls, &(struct http_call_request){
                                .method = "POST",
                                .url = url.at,
                                .socket_path = to_socket ? socket_path : NULL,
                                .headers = {"Content-Type: application/json"},
                                .body = text_slice(&call->body),
                                .context = call,
                            });
}
