/* Each event is a request of its own to the desk, which groups them; the control thread waits for
 * all of them. Requests live in one array until the last is done. */
#include "cli/saga_events.h"

#include "base/id.h"
#include "base/json.h"

#include <pthread.h>

#define EVENTS_MOST 64
#define SOURCE      "/sagas"

struct append {
    struct command_request request;
    struct foreign_event event;
    struct command_answer answer;
    struct waiting *waiting;
    bool submitted;
};

struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    size_t left;
};

/* On the desk's thread. */
static void done(struct command_request *request, struct command_answer *take_answer)
{
    struct append *append = request->context;
    struct waiting *waiting = append->waiting;
    append->answer = *take_answer;
    pthread_mutex_lock(&waiting->mutex);
    waiting->left--;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->mutex);
}

static enum err check(const struct catalogue *catalogue, const json_t *event, struct error *error)
{
    const char *type = json_string_or(event, "type", "");
    const struct catalogue_entry *entry = catalogue_event(catalogue, slice_of(type));
    AUTO(schema_faults) struct schema_faults faults = {0};
    if (!id_is_valid(slice_of(json_string_or(event, "id", ""))))
        return error_set(error, ERR_INVALID_ID, "the id is not valid");
    if (strncmp(type, "saga.", 5) != 0 || !entry)
        return error_set(error, ERR_NOT_FOUND, "there is no event type saga.… %s", type);
    if (!json_schema_validate(entry->schema, json_object_get(event, "data"), &faults))
        return error_set(error, ERR_INVALID_BODY, "the data breaks the schema of %s", type);
    return OK;
}

static json_t *cloudevent(const json_t *event)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:O}", "specversion", "1.0", "id",
                     json_string_or(event, "event", ""), "source", SOURCE, "type",
                     json_string_or(event, "type", ""), "data", json_object_get(event, "data"));
}

static enum err prepare(struct append *append, const struct catalogue *catalogue,
                        const json_t *event, struct error *error)
{
    enum err err = check(catalogue, event, error);
    if (err)
        return err;
    AUTO(json) json_t *structured = cloudevent(event);
    err = foreign_event_read(structured, &append->event, error);
    append->request = (struct command_request){
        .category = "saga",
        .id = json_string_or(event, "id", ""),
        .foreign = &append->event,
        .foreign_count = 1,
        .expected_version = EXPECT_ANY,
        .idempotency_key = "",
        .correlation_id = json_string_or(event, "correlation", ""),
        .causation_id = json_string_or(event, "correlation", ""),
        .traceparent = json_string_or(event, "traceparent", ""),
        .bytes = append->event.data ? strlen(append->event.data) : 0,
        .done = done,
        .context = append,
    };
    return err;
}

static enum err submit(struct append *append, struct command_desk *desk, struct error *error)
{
    struct waiting *waiting = append->waiting;
    pthread_mutex_lock(&waiting->mutex);
    waiting->left++;
    pthread_mutex_unlock(&waiting->mutex);
    enum err err = command_desk_submit(desk, &append->request, error);
    append->submitted = !err;
    if (err) {
        pthread_mutex_lock(&waiting->mutex);
        waiting->left--;
        pthread_mutex_unlock(&waiting->mutex);
    }
    return err;
}

static void wait_for_all(struct waiting *waiting)
{
    pthread_mutex_lock(&waiting->mutex);
    while (waiting->left > 0)
        pthread_cond_wait(&waiting->done, &waiting->mutex);
    pthread_mutex_unlock(&waiting->mutex);
}

/* What could not be stored now fails them all, so that their order is kept; what was, is known when
 * they come again. */
static enum err collect(struct append *appends, size_t count, json_t *results, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < count; i++) {
        const struct command_answer *answer = &appends[i].answer;
        if (!appends[i].submitted)
            continue;
        if (error_class(answer->err) == ERROR_CLASS_ANSWER)
            json_array_set_new(results, i, json_string(error_title(answer->err)));
        else if (answer->err && !err)
            err = error_set(error, answer->err, "%s", error_title(answer->err));
    }
    return err;
}

static void finish(struct append *appends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        foreign_event_finish(&appends[i].event);
        free(appends[i].answer.body);
    }
    free(appends);
}

static enum err append_all(struct append *appends, size_t count, struct command_desk *desk,
                           const struct catalogue *catalogue, const json_t *events, json_t *results,
                           struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; !err && i < count; i++) {
        struct error refusal = {0};
        enum err refused = prepare(&appends[i], catalogue, json_array_get(events, i), &refusal);
        json_array_append_new(results, json_string(refused ? refusal.text : ""));
        if (!refused)
            err = submit(&appends[i], desk, error);
    }
    return err;
}

enum err saga_events_append(struct command_desk *desk, const struct catalogue *catalogue,
                            const json_t *body, json_t **ret_answer, struct error *error)
{
    const json_t *events = json_object_get(body, "events");
    size_t count = json_array_size(events);
    struct waiting waiting = {.mutex = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    if (count == 0 || count > EVENTS_MOST)
        return error_set(error, ERR_BAD_REQUEST, "\"events\" must be 1 to %d events", EVENTS_MOST);
    AUTO(json) json_t *results = json_array();
    struct append *appends = calloc(count, sizeof *appends);
    REQUIRE(appends);
    for (size_t i = 0; i < count; i++)
        appends[i].waiting = &waiting;
    enum err err = append_all(appends, count, desk, catalogue, events, results, error);
    wait_for_all(&waiting);
    enum err stored = collect(appends, count, results, err ? NULL : error);
    finish(appends, count);
    if (err || stored)
        return err ? err : stored;
    *ret_answer = json_pack("{s:O}", "results", results);
    return OK;
}
