/* POST /commands: many commands in one request. Each is decided and answered as if it were sent alone;
 * they reach the desk together, and so share a transaction. An invalid command gets its own problem and
 * does not affect the others. Only a request that is invalid as a whole is rejected, without executing a
 * command. */
#include "api/command_batch_item.h"
#include "api/desk_call.h"
#include "base/json_text.h"
#include "http/http_answer.h"
#include "http/json_body.h"

#define BATCH_MOST 256

/* A command and the answer to it, as its aggregate and the desk make one. */
#define ITEM_BYTES (sizeof(struct batch_item) + sizeof(struct command_request *) + 512)

struct command_batch {
    struct http_request *request;
    json_t *body;
    atomic_size_t left; /* not yet answered */
    size_t count, submitted;
    enum err err; /* why the desk rejected them */
    struct batch_item *items;
    struct command_request **at_desk; /* of those that were submitted */
};

static void finish(struct http_request *request)
{
    struct command_batch *batch = request->state;
    for (size_t i = 0; i < batch->count; i++)
        batch_item_finish(&batch->items[i]);
    free(batch->items);
    free(batch->at_desk);
    json_decref(batch->body);
}

static enum err write_answers(struct http_request *request, struct error *error)
{
    const struct command_batch *batch = request->state;
    struct text *body = &request->answer.body;
    (void)error;
    text_add_char(body, '{');
    json_text_begin(body, "answers", '[');
    for (size_t i = 0; i < batch->count; i++) {
        json_text_next(body);
        batch_item_write_answer(&batch->items[i], body);
    }
    text_add(body, "]}");
    http_answer(request, 200, HTTP_JSON);
    return OK;
}

/* On the desk's thread. The request may be freed as soon as it is resumed. */
static void done(struct command_request *desk_request, const struct command_answer *answer)
{
    struct batch_item *item = desk_request->context;
    struct command_batch *batch = item->batch;
    item->answer = *answer;
    if (atomic_fetch_sub(&batch->left, 1) == 1)
        http_deferral_wake(batch->request);
}

static enum err not_queued(struct http_request *request, struct error *error)
{
    const struct command_batch *batch = request->state;
    enum err err = desk_call_explain(request, batch->err, error);
    return error_add_context(error, err, "none of the %zu commands was executed", batch->count);
}

static enum err submit(struct command_batch *batch)
{
    struct http_request *request = batch->request;
    struct error error = {0};
    if (batch->submitted == 0)
        return write_answers(request, &error);
    atomic_store(&batch->left, batch->submitted);
    request->resume = write_answers;
    http_deferral_begin(request, &(struct http_deferral){.kept = true});
    batch->err = command_desk_submit_all(command_endpoint_of(request)->options.desk, batch->at_desk,
                                         batch->submitted, &error);
    if (batch->err) {
        request->resume = not_queued;
        http_deferral_wake(request);
    }
    return OK;
}

static enum err read_body(struct http_request *request, json_t **ret_body, struct error *error)
{
    enum err err = json_body_read(request, ret_body, error);
    if (err)
        return err;
    const json_t *commands = json_object_get(*ret_body, "commands");
    size_t count = json_array_size(commands);
    struct slice text = json_scan_member(text_slice(&request->body), "commands");
    if (json_object_size(*ret_body) == 1 && text.length && count >= 1 && count <= BATCH_MOST)
        return OK;
    json_decref(*ret_body);
    return error_set(error, ERR_INVALID_BODY,
                     "the body must be {\"commands\": [...]}, with 1 to %d commands", BATCH_MOST);
}

static struct command_batch *make_batch(struct http_request *request, json_t *take_body)
{
    struct command_batch *batch = arena_allocate(&request->arena, sizeof *batch);
    size_t count = json_array_size(json_object_get(take_body, "commands"));
    *batch = (struct command_batch){.request = request, .body = take_body, .count = count};
    batch->items = calloc(count, sizeof *batch->items);
    batch->at_desk = calloc(count, sizeof(struct command_request *));
    REQUIRE(batch->items && batch->at_desk);
    request->state = batch;
    request->finish_body = finish;
    return batch;
}

/* The tree has the values, the text has the bytes as sent; both are in the same order. */
static void read_items(struct command_batch *batch, const struct write_headers *headers)
{
    struct http_request *request = batch->request;
    AUTO(catalogue_view) struct catalogue_view *view = catalogue_view_of(request);
    json_t *commands = json_object_get(batch->body, "commands");
    struct json_scan scan =
        json_scan_begin(json_scan_member(text_slice(&request->body), "commands"));
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_item *item = &batch->items[i];
        struct slice name, text;
        REQUIRE(json_scan_next(&scan, &name, &text));
        item->batch = batch;
        if (!batch_item_read(item, request, i, view->catalogue, json_array_get(commands, i), text,
                             headers))
            continue;
        item->desk_request.done = done;
        item->desk_request.context = item;
        batch->at_desk[batch->submitted++] = &item->desk_request;
    }
}

/* Counts the memory of the problems of the invalid commands, which are already written. */
static enum err reserve_answers(const struct command_batch *batch, struct error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->items[i].problem.length;
    return http_server_reserve(batch->request, bytes, error);
}

enum err command_batch_routes_send(struct http_request *request, struct error *error)
{
    struct write_headers headers;
    json_t *body;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = write_headers_read_of_batch(request, &headers, error);
    if (!err)
        err = read_body(request, &body, error);
    if (err)
        return err;
    struct command_batch *batch = make_batch(request, body);
    err = http_server_reserve(request, batch->count * ITEM_BYTES, error);
    if (err)
        return err;
    read_items(batch, &headers);
    err = reserve_answers(batch, error);
    return err ? err : submit(batch);
}
