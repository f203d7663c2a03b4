/* Watches the models, evaluates again what may have changed, and keeps the connections alive. It reads
 * without the mutex; topics stay valid, because only this thread frees them. */
#include "api/live_private.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

#include <sys/resource.h>
#include <unistd.h>

#define LOOK_MS    20   /* between two looks at the models */
#define SWEEP_MS   1000 /* between two checks for comments and deserted topics */
#define RETRY_MS   1000 /* after a read that failed */
#define REST_TIMES 10   /* a question rests this many times as long as its answer took */
#define NICENESS   10

static enum err read_row_of(struct live *live, const struct live_question *question,
                            struct read_answer *answer, struct error *error)
{
    struct slice key[HTTP_PATH_PARAMETERS_MOST];
    for (size_t i = 0; i < question->count; i++)
        key[i] = question->parameters[i].value;
    return live_read_row(live->side, question->name, key, question->count, answer, error);
}

static enum err read_answer_of(struct live *live, const struct live_question *question,
                               struct read_answer *answer, struct error *error)
{
    switch (question->kind) {
    case LIVE_LIST:
        return read_list(live->side, question->name, question->parameters, question->count, answer,
                         error);
    case LIVE_QUERY:
        return read_query(live->side, question->name, question->parameters, question->count, answer,
                          error);
    default:
        return read_row_of(live, question, answer, error);
    }
}

/* Unless a new listener has brought a newer answer meanwhile. If the answer has become too large, clients
 * get that problem when they reconnect. */
static void take_answer(struct live *live, struct live_topic *topic, int64_t position_before,
                        const struct read_answer *answer)
{
    pthread_mutex_lock(&live->mutex);
    if (answer->body.length > live->answer_most_bytes)
        live_topic_end(topic);
    else if (topic->position == position_before || topic->position < answer->position)
        live_topic_take(live, topic, answer->position, text_slice(&answer->body));
    pthread_mutex_unlock(&live->mutex);
}

/* A temporary failure is retried. After any other, such as a query that the next generation of its model
 * does not have, the streams end, and clients get the problem when they reconnect. */
static void take_failure(struct live *live, struct live_topic *topic, const struct error *error)
{
    log_debug("live %.*s: %s", SLICE(topic->question.whole), error->text);
    if (error_class(error->code) != ERROR_CLASS_ANSWER)
        return;
    pthread_mutex_lock(&live->mutex);
    live_topic_end(topic);
    pthread_mutex_unlock(&live->mutex);
}

static void evaluate(struct live *live, struct live_topic *topic, int64_t position_before,
                     struct read_answer *answer)
{
    struct error error = {0};
    int64_t begin_ms = clock_monotonic_ms();
    enum err err = read_answer_of(live, &topic->question, answer, &error);
    int64_t end_ms = clock_monotonic_ms(), rest_ms = REST_TIMES * (end_ms - begin_ms);
    int64_t least_ms = err ? RETRY_MS : LIVE_PERIOD_MS;
    topic->not_before_ms = end_ms + (rest_ms > least_ms ? rest_ms : least_ms);
    if (err)
        take_failure(live, topic, &error);
    else
        take_answer(live, topic, position_before, answer);
    if (answer->body.capacity > live->answer_most_bytes)
        text_finish(&answer->body);
}

/* True if a watched model has advanced. A model that cannot be read counts as unchanged. */
static bool look_at_models(struct live *live)
{
    const struct models *models = read_side_models(live->side);
    bool moved = false;
    for (size_t i = 0; i < models_count(models); i++) {
        int64_t position;
        if (!atomic_load(&live->watched[i]) ||
            read_side_position(live->side, models_at(models, i), &position, NULL) != OK)
            continue;
        moved |= position != live->positions[i];
        live->positions[i] = position;
    }
    return moved;
}

/* New listeners receive the known answer if it is current; otherwise all wait for the next one. */
static void serve(struct live *live, struct live_topic *topic, struct read_answer *answer)
{
    int64_t position_now = live->positions[live_topic_model(live, topic)];
    pthread_mutex_lock(&live->mutex);
    int64_t position = topic->position;
    bool is_known = position >= 0 && position == position_now;
    if (is_known && topic->wanted && topic->kept)
        live_topic_send_kept(live, topic);
    is_known = is_known && !topic->wanted;
    pthread_mutex_unlock(&live->mutex);
    if (!is_known && clock_monotonic_ms() >= topic->not_before_ms)
        evaluate(live, topic, position, answer);
    live->unsettled |= !is_known;
}

/* Under the mutex. */
static void drop_deserted(struct live *live)
{
    for (struct live_topic *topic = live->topics.first, *next; topic; topic = next) {
        next = topic->next;
        if (topic->listeners.first)
            continue;
        LIST_REMOVE(&live->topics, topic);
        live_topic_free(live, topic);
    }
}

/* Under the mutex. */
static void send_comments(struct live *live, int64_t now_ms)
{
    for (struct live_topic *topic = live->topics.first; topic; topic = topic->next)
        for (struct live_listener *each = topic->listeners.first; each; each = each->next)
            event_stream_keep_alive(&each->stream, now_ms);
}

static void wait_a_little(struct live *live)
{
    struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + LOOK_MS);
    pthread_cond_clockwait(&live->changed, &live->mutex, CLOCK_MONOTONIC, &until);
}

static void make_round(struct live *live, struct live_topic *topics, bool news,
                       struct read_answer *answer)
{
    bool moved = look_at_models(live);
    if (!moved && !news && !live->unsettled)
        return;
    live->unsettled = false;
    for (struct live_topic *each = topics; each; each = each->next)
        if (!each->ended)
            serve(live, each, answer);
}

/* About once a second. Under the mutex. */
static void sweep(struct live *live, int64_t now_ms)
{
    send_comments(live, now_ms);
    drop_deserted(live);
    for (size_t i = 0; i < models_count(read_side_models(live->side)); i++)
        atomic_store(&live->watched[i], false);
    for (const struct live_topic *each = live->topics.first; each; each = each->next)
        atomic_store(&live->watched[live_topic_model(live, each)], true);
}

static void work(struct live *live, struct read_answer *answer)
{
    int64_t sweep_ms = 0;
    while (!live->ending) {
        int64_t now_ms = clock_monotonic_ms();
        if (now_ms >= sweep_ms) {
            sweep(live, now_ms);
            sweep_ms = now_ms + SWEEP_MS;
        }
        if (!live->topics.first) {
            pthread_cond_wait(&live->changed, &live->mutex);
            continue;
        }
        struct live_topic *topics = live->topics.first;
        bool news = live->news;
        live->news = false;
        pthread_mutex_unlock(&live->mutex);
        make_round(live, topics, news, answer);
        pthread_mutex_lock(&live->mutex);
        if (!live->ending)
            wait_a_little(live);
    }
}

void *live_thread_run(void *live_)
{
    AUTO(read_answer) struct read_answer answer = {0};
    struct live *live = live_;
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* of this thread alone */
    pthread_mutex_lock(&live->mutex);
    work(live, &answer);
    drop_deserted(live);
    pthread_mutex_unlock(&live->mutex);
    return NULL;
}
