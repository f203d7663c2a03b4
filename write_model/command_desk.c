/* The thread, and the functions that other threads call. The queue has its own mutex; everything else is
 * atomic, or belongs to the desk's thread from the first submit on.
 *
 * The desk holds no transaction while it waits.
 */
#include "write_model/command_desk.h"

#include "base/clock.h"
#include "write_model/desk_work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define QUEUE_COMMANDS  4096
#define QUEUE_BYTES     (32UL * 1024 * 1024)
#define CACHE_BYTES     (16UL * 1024 * 1024)
#define SNAPSHOT_EVERY  100
#define KEY_LIFETIME_US (24LL * 60 * 60 * 1000000)
#define OBSERVERS_MOST  8

struct command_desk {
    struct desk_queue queue;
    _Atomic int64_t head;
    atomic_bool failed;
    struct log_damage own_damage; /* if the options have none */

    pthread_mutex_t observers_mutex; /* held while they are called */
    struct {
        appended_fn *appended;
        void *context;
    } observers[OBSERVERS_MOST];
    size_t observer_count;

    pthread_t thread;
    struct desk_work work;
    struct command_request *batch[DESK_BATCH_MOST];
    struct command_answer answers[DESK_BATCH_MOST];
};

/* ---- the thread ---- */

/* `done` may free the request. */
static void answer_batch(struct command_desk *desk, size_t count)
{
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        desk_watch_answered(&desk->work.watch, desk->batch[i], &desk->answers[i], now_us);
        desk->batch[i]->done(desk->batch[i], &desk->answers[i]);
    }
}

static void call_observers(struct command_desk *desk, int64_t head)
{
    pthread_mutex_lock(&desk->observers_mutex);
    for (size_t i = 0; i < desk->observer_count; i++)
        desk->observers[i].appended(desk->observers[i].context, head);
    pthread_mutex_unlock(&desk->observers_mutex);
}

/* The head moves before the answers are sent, so no answer names an event after the head. */
static void work_on_batch(struct command_desk *desk, size_t count)
{
    enum desk_outcome outcome = desk_batch_run(&desk->work, desk->batch, desk->answers, count);
    int64_t head = desk->work.head.position;
    bool grown = outcome == DESK_STORED && head > atomic_load(&desk->head);
    if (grown)
        atomic_store(&desk->head, head);
    if (outcome == DESK_UNKNOWN)
        atomic_store(&desk->failed, true);
    answer_batch(desk, count);
    metric_add(desk->work.watch.batches, 1);
    if (grown) {
        metric_set(desk->work.watch.head, head);
        call_observers(desk, head);
    }
    if (outcome == DESK_STORED)
        event_store_tidy(desk->work.store);
    if (outcome == DESK_UNKNOWN)
        desk_queue_stop(&desk->queue);
}

static enum err check_damage(const struct command_desk *desk, struct error *error)
{
    enum err err = log_damage_check(desk->work.damage, NULL);
    if (err == ERR_REPLACED)
        return error_set(error, err,
                         "the log's file was removed or replaced; nothing was stored, and nothing "
                         "will be until it has been put back");
    if (!err)
        return OK;
    return error_set(
        error, ERR_CORRUPT,
        "the log is damaged; nothing was stored, and nothing will be until it has been "
        "restored");
}

/* Nothing may be written to a log whose state is unknown or that is damaged. */
static void refuse_batch(struct command_desk *desk, size_t count)
{
    struct error error = {0};
    if (check_damage(desk, &error) == OK)
        error_set(&error, ERR_STOPPING, "the disk failed; the server is being restarted");
    for (size_t i = 0; i < count; i++) {
        desk->answers[i] = (struct command_answer){0};
        command_request_refuse(desk->batch[i], &error, 0, atomic_load(&desk->head),
                               &desk->answers[i]);
    }
    answer_batch(desk, count);
}

static void *desk_main(void *context)
{
    struct command_desk *desk = context;
    pthread_setname_np(pthread_self(), "command-desk");
    size_t count;
    while (desk_queue_take(&desk->queue, desk->batch, &count, &desk->work.cursors)) {
        if (atomic_load(&desk->failed) || check_damage(desk, NULL) != OK)
            refuse_batch(desk, count);
        else
            work_on_batch(desk, count);
    }
    return NULL;
}

/* ---- opening and closing ---- */

static void take_options(struct command_desk *desk, const struct command_desk_options *options)
{
    desk_queue_init(&desk->queue,
                    options->queue_commands ? options->queue_commands : QUEUE_COMMANDS,
                    options->queue_bytes ? options->queue_bytes : QUEUE_BYTES);
    desk->work.snapshot_every = options->snapshot_every ? options->snapshot_every : SNAPSHOT_EVERY;
    desk->work.key_lifetime_us =
        options->key_lifetime_us ? options->key_lifetime_us : KEY_LIFETIME_US;
    desk->work.damage = options->damage ? options->damage : &desk->own_damage;
    desk->work.cache =
        state_cache_create(options->cache_bytes ? options->cache_bytes : CACHE_BYTES);
}

/* Keys age by the key clock. It runs with the monotonic clock while the log is open for writing, stops
 * while the log is closed, and continues from the newest key when the log is opened again. So no step of the
 * wall clock makes a key expire early or never, and a key is kept for its lifetime or longer. The newest
 * key was stored one lifetime before it expires. */
static enum err set_key_clock(struct desk_work *work, struct error *error)
{
    int64_t expires_us;
    enum err err = event_store_newest_answer(work->store, &expires_us, error);
    if (err)
        return err;
    int64_t begin_us = expires_us ? expires_us - work->key_lifetime_us : clock_now_us();
    work->key_clock_offset_us = begin_us - clock_monotonic_us();
    return OK;
}

static enum err open_log(struct command_desk *desk, const struct command_desk_options *options,
                         struct error *error)
{
    struct desk_work *work = &desk->work;
    write_set_init(&work->set);
    enum err err = event_store_open(options->log_url, EVENT_STORE_WRITE, &work->store, error);
    if (!err)
        err = event_store_head(work->store, &work->head, &work->head_time_us, error);
    if (!err)
        err = set_key_clock(work, error);
    if (err)
        return err;
    desk_watch_clock(&work->watch, work->head_time_us);
    work->catalogue = options->catalogue;
    atomic_store(&desk->head, work->head.position);
    metric_set(work->watch.head, work->head.position);
    return OK;
}

static void finish_work(struct desk_work *work)
{
    text_finish(&work->data);
    text_finish(&work->meta);
    free(work->places.at);
    arena_finish(&work->arena);
    write_set_finish(&work->set);
    state_cache_destroy(work->cache);
    event_store_close(work->store);
}

static void destroy(struct command_desk *desk)
{
    finish_work(&desk->work);
    desk_queue_finish(&desk->queue);
    log_damage_finish(&desk->own_damage);
    pthread_mutex_destroy(&desk->observers_mutex);
    free(desk);
}

enum err command_desk_open(const struct command_desk_options *options,
                           struct command_desk **ret_desk, struct error *error)
{
    struct command_desk *desk = calloc(1, sizeof *desk);
    REQUIRE(desk);
    pthread_mutex_init(&desk->observers_mutex, NULL);
    log_damage_init(&desk->own_damage);
    desk_watch_init(&desk->work.watch);
    take_options(desk, options);
    enum err err = open_log(desk, options, error);
    if (!err && pthread_create(&desk->thread, NULL, desk_main, desk) != 0)
        err = error_set(error, ERR_FAILED, "cannot start the command desk's thread");
    if (err) {
        destroy(desk);
        return err;
    }
    *ret_desk = desk;
    return OK;
}

void command_desk_close(struct command_desk *desk)
{
    if (!desk)
        return;
    desk_queue_stop(&desk->queue);
    pthread_join(desk->thread, NULL);
    destroy(desk);
}

/* ---- for other threads ---- */

enum err command_desk_submit_all(struct command_desk *desk, struct command_request *const *requests,
                                 size_t count, struct error *error)
{
    enum err err = check_damage(desk, error);
    return err ? err : desk_queue_add(&desk->queue, requests, count, error);
}

enum err command_desk_submit(struct command_desk *desk, struct command_request *request,
                             struct error *error)
{
    return command_desk_submit_all(desk, &request, 1, error);
}

void command_desk_save_cursor(struct command_desk *desk, const char *name,
                              const struct checkpoint *at)
{
    struct stored_cursor cursor = {.at = *at};
    REQUIRE(strlen(name) < sizeof cursor.name);
    snprintf(cursor.name, sizeof cursor.name, "%s", name);
    desk_queue_add_cursor(&desk->queue, &cursor);
}

void command_desk_on_append(struct command_desk *desk, appended_fn *appended, void *context)
{
    pthread_mutex_lock(&desk->observers_mutex);
    REQUIRE(desk->observer_count < OBSERVERS_MOST);
    desk->observers[desk->observer_count].appended = appended;
    desk->observers[desk->observer_count++].context = context;
    pthread_mutex_unlock(&desk->observers_mutex);
}

void command_desk_forget(struct command_desk *desk, const void *context)
{
    pthread_mutex_lock(&desk->observers_mutex);
    for (size_t i = 0; i < desk->observer_count;)
        if (desk->observers[i].context == context)
            desk->observers[i] = desk->observers[--desk->observer_count];
        else
            i++;
    pthread_mutex_unlock(&desk->observers_mutex);
}

int64_t command_desk_head(const struct command_desk *desk)
{
    return atomic_load(&desk->head);
}

size_t command_desk_waiting(const struct command_desk *desk)
{
    return atomic_load(&desk->queue.waiting);
}

bool command_desk_failed(const struct command_desk *desk)
{
    return atomic_load(&desk->failed);
}

enum err command_desk_damage(const struct command_desk *desk, struct error *error)
{
    return log_damage_check(desk->work.damage, error);
}

enum err command_desk_ready(const struct command_desk *desk, struct error *error)
{
    enum err err = command_desk_damage(desk, error);
    if (err)
        return error_add_context(error, err, "%s",
                                 err == ERR_CORRUPT ? "the log is damaged"
                                                    : "commands are not stored");
    if (command_desk_failed(desk))
        return error_set(error, ERR_OUTCOME_UNKNOWN, "the outcome of a COMMIT is unknown");
    err = event_store_check(desk->work.store, error);
    if (err)
        return error_add_context(error, err, "commands are not stored");
    err = desk_watch_trouble(&desk->work.watch);
    return err ? error_set(error, err, "commands are not stored: %s", error_title(err)) : OK;
}

void command_desk_report_damage(const struct command_desk *desk, const char *who,
                                const struct error *error)
{
    log_damage_report(desk->work.damage, who, error);
}

int64_t command_desk_clock_behind_us(const struct command_desk *desk)
{
    return desk_watch_clock_behind_us(&desk->work.watch);
}
