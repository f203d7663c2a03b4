/* Joining and leaving, on the HTTP threads, and what they take of what the thread has put there. */
#include "api/live.h"

#include "api/live_private.h"
#include "telemetry/metrics.h"

struct live *live_open(const char *thread, struct read_side *side)
{
    struct live *live = calloc(1, sizeof *live);
    pthread_condattr_t attributes;
    REQUIRE(live && pthread_mutex_init(&live->mutex, NULL) == 0);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&live->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    live->side = side;
    size_t models = models_count(read_side_models(side));
    live->positions = calloc(models + 1, sizeof *live->positions);
    live->watched = calloc(models + 1, sizeof *live->watched);
    REQUIRE(live->positions && live->watched);
    live->metric_listeners = metric_series(METRIC_LIVE_LISTENERS, "");
    REQUIRE(pthread_create(&live->thread, NULL, live_thread_run, live) == 0);
    pthread_setname_np(live->thread, thread);
    return live;
}

void live_stop(struct live *live)
{
    if (!live)
        return;
    pthread_mutex_lock(&live->mutex);
    live->stopping = true;
    for (struct live_topic *topic = live->topics; topic; topic = topic->next)
        for (struct live_listener *each = topic->listeners; each; each = each->next)
            event_stream_wake(&each->stream);
    pthread_mutex_unlock(&live->mutex);
}

void live_close(struct live *live)
{
    if (!live)
        return;
    pthread_mutex_lock(&live->mutex);
    live->ending = true;
    pthread_cond_signal(&live->changed);
    pthread_mutex_unlock(&live->mutex);
    pthread_join(live->thread, NULL);
    REQUIRE(!live->topics);
    pthread_cond_destroy(&live->changed);
    pthread_mutex_destroy(&live->mutex);
    free(live->positions);
    free(live->watched);
    free(live);
}

static struct live_topic *find(struct live *live, struct slice url)
{
    struct live_topic *topic = live->topics;
    while (topic && !slice_equal(topic->question.url, url))
        topic = topic->next;
    return topic;
}

bool live_knows(struct live *live, struct slice url)
{
    pthread_mutex_lock(&live->mutex);
    bool known = find(live, url);
    pthread_mutex_unlock(&live->mutex);
    return known;
}

static struct live_topic *make_topic(struct live *live, const struct live_question *question)
{
    struct live_topic *topic = calloc(1, sizeof *topic);
    REQUIRE(topic);
    struct arena *arena = &topic->arena;
    struct read_parameter *parameters =
        arena_allocate(arena, (question->count + 1) * sizeof *parameters);
    for (size_t i = 0; i < question->count; i++)
        parameters[i] = (struct read_parameter){arena_copy(arena, question->parameters[i].name),
                                                arena_copy(arena, question->parameters[i].value)};
    topic->question = *question;
    topic->question.url = arena_copy(arena, question->url);
    topic->question.name = arena_copy(arena, slice_of(question->name)).at;
    topic->question.parameters = parameters;
    topic->position = -1;
    topic->next = live->topics;
    live->topics = topic;
    return topic;
}

static void link_listener(struct live_topic *topic, struct live_listener *listener)
{
    listener->topic = topic;
    listener->next = topic->listeners;
    if (listener->next)
        listener->next->previous = listener;
    topic->listeners = listener;
}

static void leave(struct http_request *request)
{
    struct live_listener *listener = request->state;
    struct live *live = listener->live;
    pthread_mutex_lock(&live->mutex);
    if (listener->next)
        listener->next->previous = listener->previous;
    if (listener->previous)
        listener->previous->next = listener->next;
    else
        listener->topic->listeners = listener->next;
    live_message_release(listener->pending);
    metric_add(live->metric_listeners, -1);
    pthread_mutex_unlock(&live->mutex);
}

/* Under the mutex. */
static enum http_more give(struct live_listener *listener, struct text *out)
{
    if (listener->live->stopping)
        return HTTP_MORE_END;
    if (!listener->pending)
        return event_stream_rest(&listener->stream, out);
    text_add_slice(out, text_slice(&listener->pending->text));
    live_message_release(listener->pending);
    listener->pending = NULL;
    return event_stream_given(&listener->stream);
}

static enum http_more give_more(struct http_request *request, struct text *out)
{
    struct live_listener *listener = request->state;
    pthread_mutex_lock(&listener->live->mutex);
    enum http_more more = give(listener, out);
    pthread_mutex_unlock(&listener->live->mutex);
    return more;
}

enum err live_listen(struct live *live, struct http_request *request,
                     const struct live_question *question, const struct read_answer *answer,
                     struct slice body, struct error *error)
{
    struct live_listener *listener = arena_allocate(&request->arena, sizeof *listener);
    *listener = (struct live_listener){.live = live, .wants_first = true};
    event_stream_begin(&listener->stream, request);
    pthread_mutex_lock(&live->mutex);
    if (live->stopping) {
        pthread_mutex_unlock(&live->mutex);
        return error_set(error, ERR_STOPPING, "this server is shutting down; try again");
    }
    struct live_topic *topic = find(live, question->url);
    if (!topic)
        topic = make_topic(live, question);
    link_listener(topic, listener);
    topic->wanted = true;
    live->news = true;
    atomic_store(&live->watched[live_topic_model(live, topic)], true);
    if (answer && answer->position > topic->position)
        live_topic_take(topic, answer->position, body);
    metric_add(live->metric_listeners, 1);
    pthread_cond_signal(&live->changed);
    pthread_mutex_unlock(&live->mutex);
    request->state = listener;
    request->finish = leave;
    request->answer.more = give_more;
    return OK;
}
