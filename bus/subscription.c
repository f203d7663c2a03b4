/* The loop of a subscription: work of other threads, then one step towards the head, then waiting.
 * Each step ends without an open transaction, so that a failed step can be tried again.
 */
#include "bus/subscription_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/wake.h"

#include <poll.h>

#define UNANNOUNCED_MS                                                                             \
    20 /* until the next check, if the last one found events that no message brought */

/* The state of the loop. */
struct loop {
    bool has_checkpoint;
    struct breaker retry;
};

static bool is_near(const struct subscription *s)
{
    return s->head - s->at.position <= SUBSCRIPTION_FAR_EVENTS;
}

/* Reads the log's head and, if the log has more events, applies some of them. */
static enum err look_and_follow(struct subscription *s, size_t *ret_count, struct error *error)
{
    *ret_count = 0;
    enum err err = subscription_log_look(s, error);
    if (!err && s->head > s->at.position)
        err = subscription_log_follow(s, ret_count, error);
    return err;
}

static enum err follow_step(struct subscription *s, int64_t *ret_wait_ms, struct error *error)
{
    size_t count = 0;
    enum err err = look_and_follow(s, &count, error);
    if (err)
        return err;
    *ret_wait_ms = s->at.position < s->head ? 0 : SUBSCRIPTION_IDLE_MS;
    if (is_near(s) && !s->options->url->is_log)
        subscription_connection_advance(s);
    if (s->amqp)
        *ret_wait_ms = 0;
    return OK;
}

static enum err look_if_due(struct subscription *s, struct error *error)
{
    size_t count = 0;
    if (clock_monotonic_ms() < s->look_at_ms)
        return OK;
    enum err err = look_and_follow(s, &count, error);
    if (err)
        return err;
    /* The log had events that no message brought: a blocked broker sends none. */
    int64_t pause_ms = count > 0 ? UNANNOUNCED_MS : SUBSCRIPTION_IDLE_MS;
    s->look_at_ms = s->at.position < s->head ? 0 : clock_monotonic_ms() + pause_ms;
    return OK;
}

static enum err consume_step(struct subscription *s, int64_t *ret_wait_ms, struct error *error)
{
    bool busy = false;
    enum err err = look_if_due(s, error);
    if (!err)
        err = subscription_messages_consume(s, &busy, error);
    if (err) {
        s->look_at_ms = 0; /* events of the failed step are read from the log */
        return err;
    }
    if (s->amqp && !is_near(s))
        subscription_connection_end(s);
    int64_t left_ms = s->look_at_ms - clock_monotonic_ms();
    *ret_wait_ms = busy || !s->amqp || left_ms < 0 ? 0 : left_ms;
    return OK;
}

static enum err step(struct subscription *s, int64_t *ret_wait_ms, struct error *error)
{
    enum err err =
        s->amqp ? consume_step(s, ret_wait_ms, error) : follow_step(s, ret_wait_ms, error);
    if (err != ERR_NOT_FOUND || s->log)
        return err;
    *ret_wait_ms = SUBSCRIPTION_IDLE_MS; /* no log yet: its writer has not started */
    return OK;
}

/* `listen`: a message and a new connection end the wait too, and so does the log's growth while it is
 * followed. */
static void wait_ms(const struct subscription *s, int64_t ms, bool listen)
{
    struct pollfd waits[] = {
        {.fd = stop_fd(), .events = POLLIN},
        {.fd = s->options->wake_fd, .events = POLLIN},
        {.fd = listen && s->amqp ? amqp_fd(s->amqp) : -1, .events = POLLIN},
        {.fd = listen && s->connection.running ? s->connection.done_fd : -1, .events = POLLIN}};
    if (ms < 0)
        ms = 0;
    if (ms > SUBSCRIPTION_IDLE_MS)
        ms = SUBSCRIPTION_IDLE_MS;
    bool follow = listen && s->log && !s->amqp;
    if (!follow || event_store_wait_for_more(s->log, s->at.position, ms, waits, 4, NULL) != OK)
        poll(waits, 4, (int)ms); /* the next check reports why the log cannot be read */
    if (waits[1].revents & POLLIN)
        wake_clear(s->options->wake_fd);
}

/* OK if the error is temporary: the caller waits and tries again. */
static enum err tolerate(struct subscription *s, struct loop *loop, enum err err,
                         const struct error *error)
{
    if (error_class(err) != ERROR_CLASS_RETRY)
        return err;
    if (breaker_failed(&loop->retry, err, clock_monotonic_ms()))
        log_warning("%s: %s; trying again", s->options->name, error->text);
    metric_set(s->metrics.retrying, 1);
    return OK;
}

static void go_on(struct subscription *s, struct loop *loop)
{
    if (breaker_worked(&loop->retry, clock_monotonic_ms()))
        log_info("%s: continues at position %lld", s->options->name, (long long)s->at.position);
    metric_set(s->metrics.retrying, 0);
}

static enum err between(const struct subscription *s, struct error *error)
{
    return s->subscriber->between ? s->subscriber->between(s->subscriber->context, error) : OK;
}

static enum err try_step(struct subscription *s, struct loop *loop, int64_t *ret_wait_ms,
                         struct error *error)
{
    enum err err = loop->has_checkpoint ? OK : subscription_transaction_restart(s, error);
    s->transaction.events = 0;
    if (!err)
        err = step(s, ret_wait_ms, error);
    loop->has_checkpoint = !err; /* after a failed COMMIT only the subscriber knows its position */
    if (!err)
        go_on(s, loop);
    return err;
}

/* After a step that left nothing to do. */
static void wait_for_events(struct subscription *s, int64_t ms)
{
    int64_t gather_ms = subscription_transaction_gather_ms(s->transaction.events);
    wait_ms(s, gather_ms > 0 ? gather_ms : ms, gather_ms == 0);
}

static enum err run(struct subscription *s, struct error *error)
{
    struct loop loop = {.retry = {.backoff = SUBSCRIPTION_BACKOFF, .failures_most = 1}};
    while (!stop_is_requested()) {
        int64_t pause_ms = breaker_wait_ms(&loop.retry, clock_monotonic_ms());
        bool paused = pause_ms > 0;
        enum err err = between(s, error);
        if (err == ERR_INTERRUPTED)
            return OK;
        if (!err && !paused)
            err = try_step(s, &loop, &pause_ms, error);
        if (err)
            err = tolerate(s, &loop, err, error);
        if (err)
            return err;
        if (paused || pause_ms <= 0)
            wait_ms(s, pause_ms, !paused);
        else
            wait_for_events(s, pause_ms);
    }
    return OK;
}

static void find_metrics(struct subscription *s)
{
    const char *name = s->options->name;
    s->metrics.position = metric_series(METRIC_SUBSCRIPTION_POSITION, name);
    s->metrics.lag = metric_series(METRIC_SUBSCRIPTION_LAG, name);
    s->metrics.retrying = metric_series(METRIC_SUBSCRIPTION_RETRYING, name);
    s->metrics.events = metric_series(METRIC_SUBSCRIPTION_EVENTS, name);
    s->metrics.transactions = metric_series(METRIC_SUBSCRIPTION_TRANSACTIONS, name);
    s->metrics.filled = metric_series(METRIC_SUBSCRIPTION_FILLED, name);
    s->metrics.dropped = metric_series(METRIC_SUBSCRIPTION_DROPPED, name);
    s->metrics.foreign = metric_series(METRIC_SUBSCRIPTION_FOREIGN, name);
    s->metrics.undecodable = metric_series(METRIC_SUBSCRIPTION_UNDECODABLE, name);
    s->metrics.consuming = metric_series(METRIC_SUBSCRIPTION_CONSUMING, name);
}

enum err subscription_run(const struct subscription_options *options,
                          const struct subscriber *subscriber, struct error *error)
{
    struct error local; /* is logged even if the caller passes NULL */
    struct subscription s = {.options = options,
                             .subscriber = subscriber,
                             .broker = {.backoff = SUBSCRIPTION_BACKOFF,
                                        .failures_most = 1,
                                        .stable_ms = SUBSCRIPTION_STABLE_MS},
                             .sha = sha256_create(),
                             .message = calloc(1, sizeof *s.message)};
    REQUIRE(s.message);
    find_metrics(&s);
    error = error ? error : &local;
    enum err err = subscription_connection_open(&s, error);
    if (!err) {
        err = run(&s, error);
        subscription_connection_close(&s);
    }
    event_batch_finish(&s.batch);
    event_store_close(s.log);
    sha256_destroy(s.sha);
    log_message_finish(s.message);
    free(s.message);
    return err ? error_add_context(error, err, "subscription %s", options->name) : OK;
}
