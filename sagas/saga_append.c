/* The valid events of one saga are one request to the desk, so that all of them are stored in their
 * order or none is; the desk groups the requests, and the control socket's thread for actions waits
 * for all of them. Requests live in one array until the last is done.
 *
 * That thread waits without a limit: the desk borrows the requests, and answers each of them, also
 * when it closes. This delays no other request: the thread has no other action to run in
 * `annal commands`, and its next one would wait for the same desk; the client's request is answered at the deadline of
 * the control socket (http/control.h), and its events are recognized when they are sent again. */
#include "sagas/saga_append.h"

#include "base/id.h"
#include "base/json.h"
#include "write_model/command_desk.h"

#include <pthread.h>

struct append {
    struct command_request request; /* its events lie together in the batch's */
    struct command_answer answer;
    struct waiting *waiting;
    size_t first;
};

struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    size_t left;
};

/* `results` has a text for each event of the request: "", or why it was rejected. */
struct batch {
    const json_t *given;
    json_t *results;
    struct external_event events[SAGA_APPEND_EVENTS_MOST];
    size_t places[SAGA_APPEND_EVENTS_MOST]; /* of each of `events` in the request */
    size_t event_count;
    struct append appends[SAGA_APPEND_EVENTS_MOST];
    size_t append_count;
    struct waiting waiting;
    struct arena arena; /* of the requests */
};

/* On the desk's thread. */
static void done(struct command_request *request, const struct command_answer *answer)
{
    struct append *append = request->context;
    struct waiting *waiting = append->waiting;
    append->answer = *answer;
    pthread_mutex_lock(&waiting->mutex);
    waiting->left--;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->mutex);
}

static enum err check(const struct catalogue *catalogue, const json_t *event, struct error *error)
{
    const char *type = json_string_or(event, SAGA_APPEND_TYPE, "");
    const struct catalogue_entry *entry = catalogue_event(catalogue, slice_of(type));
    AUTO(schema_faults) struct schema_faults faults = {0};
    if (!id_is_valid(slice_of(json_string_or(event, SAGA_APPEND_ID, ""))))
        return error_set(error, ERR_INVALID_ID, "the id is not valid");
    if (strncmp(type, "saga.", 5) != 0 || !entry)
        return error_set(error, ERR_NOT_FOUND, "unknown event type saga.… %s", type);
    if (!json_schema_validate(entry->schema, json_object_get(event, SAGA_APPEND_DATA), &faults))
        return error_set(error, ERR_INVALID_BODY, "the data breaks the schema of %s at \"%s\": %s",
                         type, faults.fault[0].pointer, faults.fault[0].detail);
    return OK;
}

static json_t *cloudevent(const json_t *event)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:O}", "specversion", "1.0", "id",
                     json_string_or(event, SAGA_APPEND_EVENT, ""), "source", SAGA_APPEND_SOURCE,
                     "type", json_string_or(event, SAGA_APPEND_TYPE, ""), "data",
                     json_object_get(event, SAGA_APPEND_DATA));
}

static const char *id_at(const struct batch *batch, size_t place)
{
    return json_string_or(json_array_get(batch->given, place), SAGA_APPEND_ID, "");
}

/* Reads the event at an index, or records why it is rejected. */
static void take(struct batch *batch, const struct catalogue *catalogue, size_t place)
{
    const json_t *given = json_array_get(batch->given, place);
    struct external_event *event = &batch->events[batch->event_count];
    struct error refusal = {0};
    enum err err = check(catalogue, given, &refusal);
    if (!err) {
        AUTO(json) json_t *structured = cloudevent(given);
        err = external_event_read(structured, event, &refusal);
    }
    json_array_set_new(batch->results, place, json_string(err ? refusal.text : ""));
    if (!err)
        batch->places[batch->event_count++] = place;
}

static void request_append(struct batch *batch, size_t first, size_t place)
{
    const json_t *given = json_array_get(batch->given, place);
    struct append *append = &batch->appends[batch->append_count++];
    append->waiting = &batch->waiting;
    append->first = first;
    append->request = (struct command_request){
        .externals = &batch->events[first],
        .external_count = batch->event_count - first,
        .expected_version = EXPECT_ANY,
        .idempotency_key = "",
        .correlation_id = json_string_or(given, SAGA_APPEND_CORRELATION, ""),
        .causation_id = json_string_or(given, SAGA_APPEND_CORRELATION, ""),
        .traceparent = json_string_or(given, SAGA_APPEND_TRACEPARENT, ""),
        .done = done,
        .context = append,
        .arena = &batch->arena,
    };
    command_request_set_stream(&append->request, "saga", id_at(batch, place));
    for (size_t i = first; i < batch->event_count; i++)
        append->request.bytes += strlen(batch->events[i].data);
}

static bool was_before(const struct batch *batch, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (strcmp(id_at(batch, i), id_at(batch, place)) == 0)
            return true;
    return false;
}

/* The event at an index and those of the same saga after it, if it is the first of its saga. */
static void gather(struct batch *batch, const struct catalogue *catalogue, size_t place)
{
    size_t first = batch->event_count, count = json_array_size(batch->given);
    if (was_before(batch, place))
        return;
    for (size_t i = place; i < count; i++)
        if (strcmp(id_at(batch, i), id_at(batch, place)) == 0)
            take(batch, catalogue, i);
    if (batch->event_count > first)
        request_append(batch, first, place);
}

static enum err submit(struct batch *batch, struct command_desk *desk, struct error *error)
{
    struct command_request *requests[SAGA_APPEND_EVENTS_MOST];
    for (size_t i = 0; i < batch->append_count; i++)
        requests[i] = &batch->appends[i].request;
    batch->waiting.left = batch->append_count; /* before the desk has any of them */
    return command_desk_submit_all(desk, requests, batch->append_count, error);
}

static void wait_for_all(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting->mutex);
    while (waiting->left > 0)
        pthread_cond_wait(&waiting->done, &waiting->mutex);
    pthread_mutex_unlock(&waiting->mutex);
}

/* If an event could not be stored now, all fail; events that were stored are recognized when they
 * are sent again. */
static enum err collect(const struct batch *batch, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < batch->append_count; i++) {
        const struct append *append = &batch->appends[i];
        const struct command_answer *answer = &append->answer;
        if (!answer->err)
            continue;
        if (error_class(answer->err) != ERROR_CLASS_ANSWER)
            err = error_set(error, answer->err, "%s", error_title(answer->err));
        for (size_t n = 0; n < append->request.external_count; n++)
            json_array_set_new(batch->results, batch->places[append->first + n],
                               json_string(error_title(answer->err)));
    }
    return err;
}

static enum err run(struct batch *batch, struct command_desk *desk,
                    const struct catalogue *catalogue, struct error *error)
{
    for (size_t i = 0; i < json_array_size(batch->given); i++)
        json_array_append_new(batch->results, json_string(""));
    for (size_t i = 0; i < json_array_size(batch->given); i++)
        gather(batch, catalogue, i);
    enum err err = submit(batch, desk, error);
    if (err)
        return err;
    wait_for_all(&batch->waiting);
    return collect(batch, error);
}

static void finish(struct batch *batch)
{
    for (size_t i = 0; i < batch->event_count; i++)
        external_event_finish(&batch->events[i]);
    arena_finish(&batch->arena);
    free(batch);
}

enum err saga_append(struct command_desk *desk, const struct catalogue *catalogue,
                     const json_t *body, json_t **ret_answer, struct error *error)
{
    const json_t *events = json_object_get(body, SAGA_APPEND_EVENTS);
    size_t count = json_array_size(events);
    if (count == 0 || count > SAGA_APPEND_EVENTS_MOST)
        return error_set(error, ERR_BAD_REQUEST, "\"%s\" must be 1 to %d events",
                         SAGA_APPEND_EVENTS, SAGA_APPEND_EVENTS_MOST);
    AUTO(json) json_t *results = json_array();
    struct batch *batch = calloc(1, sizeof *batch);
    REQUIRE(batch);
    batch->given = events;
    batch->results = results;
    batch->waiting = (struct waiting){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    enum err err = run(batch, desk, catalogue, error);
    finish(batch);
    if (!err)
        *ret_answer = json_pack("{s:O}", SAGA_APPEND_RESULTS, results);
    return err;
}
