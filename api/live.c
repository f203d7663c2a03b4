/* On the HTTP threads: listeners join, leave, and receive what the thread has prepared. */
#include "api/live.h"

#include "api/live_private.h"
#include "base/list.h"
#include "http/http_server.h"

#define PIECE_BYTES                                                                                \
    ((size_t)8 * 1024) /* small: memory that many listeners have used and freed stays resident */
#define UNSENT_BYTES (128 * 1024) /* in the kernel */

struct live *live_open(const char *thread, struct read_side *side, struct waiting_slots *slots,
                       size_t answer_most_bytes)
{
    struct live *live = calloc(1, sizeof *live);
    REQUIRE(live && pthread_mutex_init(&live->mutex, NULL) == 0 &&
            pthread_cond_init(&live->changed, NULL) == 0);
    live->side = side;
    live->slots = slots;
    live->answer_most_bytes = answer_most_bytes;
    live->sha = sha256_create();
    live->cuts = metric_series(METRIC_HTTP_MEMORY_CUT, "live answers");
    size_t models = models_count(read_side_models(side));
    live->positions = calloc(models + 1, sizeof *live->positions);
    live->watched = calloc(models + 1, sizeof *live->watched);
    REQUIRE(live->positions && live->watched);
    REQUIRE(pthread_create(&live->thread, NULL, live_thread_run, live) == 0);
    pthread_setname_np(live->thread, thread);
    return live;
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
    REQUIRE(!live->topics.first && live->sending_bytes == 0);
    sha256_destroy(live->sha);
    pthread_cond_destroy(&live->changed);
    pthread_mutex_destroy(&live->mutex);
    free(live->positions);
    free(live->watched);
    free(live);
}

static struct live_topic *find(struct live *live, struct slice whole)
{
    struct live_topic *topic = live->topics.first;
    while (topic && (topic->ended || !slice_equal(topic->question.whole, whole)))
        topic = topic->next;
    return topic;
}

bool live_find_known(struct live *live, struct live_question *question, int64_t *ret_position)
{
    pthread_mutex_lock(&live->mutex);
    const struct live_topic *topic = find(live, question->whole);
    bool known = topic && topic->position >= 0;
    if (known) {
        *ret_position = topic->position;
        question->model = topic->question.model;
    }
    pthread_mutex_unlock(&live->mutex);
    return known;
}

enum err live_read_row(struct read_side *side, const char *table, const struct slice *key,
                       size_t key_count, struct read_answer *answer, struct error *error)
{
    enum err err = read_row(side, table, key, key_count, answer, error);
    if (err != ERR_NOT_FOUND || !answer->model || answer->settled)
        return err;
    text_clear(&answer->body);
    text_add(&answer->body, "null");
    return OK;
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
    topic->question.whole = arena_copy(arena, question->whole);
    topic->question.name = arena_copy(arena, slice_of(question->name)).at;
    topic->question.parameters = parameters;
    topic->position = -1;
    LIST_PREPEND(&live->topics, topic);
    return topic;
}

static void leave(struct http_request *request)
{
    struct live_listener *listener = request->state;
    struct live *live = listener->live;
    pthread_mutex_lock(&live->mutex);
    LIST_REMOVE(&listener->topic->listeners, listener);
    live_message_release(live, listener->sending);
    live_message_release(live, listener->pending);
    pthread_mutex_unlock(&live->mutex);
}

/* Copies the next piece of the message; the rest stays in the memory that all share. */
static void write_piece(struct live_listener *listener, struct text *out)
{
    struct slice left = text_slice(&listener->sending->text);
    left = (struct slice){left.at + listener->sent, left.length - listener->sent};
    struct slice piece = {left.at, left.length < PIECE_BYTES ? left.length : PIECE_BYTES};
    text_add_slice(out, piece);
    listener->sent += piece.length;
    if (piece.length < left.length)
        return;
    live_message_release(listener->live, listener->sending);
    listener->sending = NULL;
}

/* Under the mutex. */
static enum http_more write_next(struct live_listener *listener, struct text *out)
{
    if (listener->cut)
        return HTTP_MORE_FAILED;
    if (listener->topic->ended || http_deferral_is_over(listener->stream.request))
        return HTTP_MORE_END;
    if (!listener->sending) {
        listener->sending = listener->pending;
        listener->pending = NULL;
        listener->sent = 0;
    }
    if (listener->sending) {
        write_piece(listener, out);
        return event_stream_given(&listener->stream);
    }
    return event_stream_rest(&listener->stream, out);
}

static enum http_more write_more(struct http_request *request, struct text *out)
{
    struct live_listener *listener = request->state;
    pthread_mutex_lock(&listener->live->mutex);
    enum http_more more = write_next(listener, out);
    pthread_mutex_unlock(&listener->live->mutex);
    return more;
}

/* Under the mutex. */
static void join(struct live *live, const struct live_question *question,
                 struct live_listener *listener, const struct read_answer *answer,
                 struct slice body)
{
    struct live_topic *topic = find(live, question->whole);
    if (!topic)
        topic = make_topic(live, question);
    listener->topic = topic;
    LIST_PREPEND(&topic->listeners, listener);
    topic->wanted = true;
    live->news = true;
    atomic_store(&live->watched[live_topic_model(live, topic)], true);
    if (answer && answer->position > topic->position)
        live_topic_take(live, topic, answer->position, body);
    pthread_cond_signal(&live->changed);
}

enum err live_listen(struct live *live, struct http_request *request,
                     const struct live_question *question, const struct read_answer *answer,
                     struct slice body, struct error *error)
{
    if (body.length > live->answer_most_bytes)
        return error_set(error, ERR_RESULT_TOO_LARGE,
                         "the response has %zu bytes; a live response may have at most %zu "
                         "(--live-answer-limit); send the request without text/event-stream, or "
                         "request less",
                         body.length, live->answer_most_bytes);
    enum err err = waiting_take_slot(live->slots, request, error);
    if (err)
        return err;
    struct live_listener *listener = arena_allocate(&request->arena, sizeof *listener);
    *listener = (struct live_listener){.live = live, .wants = true};
    event_stream_begin(&listener->stream, request);
    pthread_mutex_lock(&live->mutex);
    join(live, question, listener, answer, body);
    pthread_mutex_unlock(&live->mutex);
    http_server_bound_unsent(request, UNSENT_BYTES);
    request->state = listener;
    request->finish = leave;
    request->answer.more = write_more;
    return OK;
}
