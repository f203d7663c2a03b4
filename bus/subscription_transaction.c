/* The subscriber's transaction: events are applied in order, without a gap. */
#include "bus/subscription_private.h"

#include "base/clock.h"

enum err subscription_transaction_restart(struct subscription *s, struct error *error)
{
    struct checkpoint checkpoint = {0};
    enum err err = s->subscriber->checkpoint(s->subscriber->context, &checkpoint, error);
    if (err)
        return error_add_context(error, err, "read the checkpoint");
    s->at = s->ahead = checkpoint;
    metric_set(s->metrics.position, s->at.position);
    return OK;
}

static enum err roll_back(struct subscription *s, enum err err, const char *doing,
                          struct error *error)
{
    s->subscriber->rollback(s->subscriber->context);
    error_add_context(error, err, "%s position %lld", doing, (long long)s->ahead.position + 1);
    s->in_transaction = false;
    s->ahead = s->at;
    return err;
}

enum err subscription_transaction_apply(struct subscription *s, const struct event *event,
                                        struct error *error)
{
    REQUIRE(event->position == s->ahead.position + 1);
    if (!s->in_transaction) {
        enum err err = s->subscriber->begin(s->subscriber->context, error);
        if (err)
            return error_add_context(error, err, "begin");
        s->in_transaction = true;
        s->transaction.events = s->transaction.bytes = 0;
        s->transaction.began_ms = clock_monotonic_ms();
    }
    enum err err = s->subscriber->apply(s->subscriber->context, event, error);
    if (err)
        return roll_back(s, err, "apply", error);
    s->ahead.position = event->position;
    memcpy(s->ahead.hash, event->hash, EVENT_HASH_BYTES);
    s->transaction.events++;
    s->transaction.bytes += (int64_t)(event->data.length + event->meta.length);
    return OK;
}

enum err subscription_transaction_commit(struct subscription *s, struct error *error)
{
    if (!s->in_transaction)
        return OK;
    enum err err = s->subscriber->commit(s->subscriber->context, &s->ahead, error);
    if (err)
        return roll_back(s, err, "commit before", error);
    s->in_transaction = false;
    s->at = s->ahead;
    if (s->head < s->at.position)
        s->head = s->at.position;
    metric_add(s->metrics.events, s->transaction.events);
    metric_add(s->metrics.transactions, 1);
    metric_set(s->metrics.position, s->at.position);
    metric_set(s->metrics.lag, s->head - s->at.position);
    return OK;
}

bool subscription_transaction_is_full(const struct subscription *s)
{
    return s->in_transaction &&
           (s->transaction.events >= SUBSCRIPTION_EVENTS_MOST ||
            s->transaction.bytes >= SUBSCRIPTION_BYTES_MOST ||
            clock_monotonic_ms() - s->transaction.began_ms >= SUBSCRIPTION_MS_MOST);
}

int64_t subscription_transaction_gather_ms(int64_t events)
{
    int64_t ms = events * SUBSCRIPTION_GATHER_US / 1000;
    return ms < SUBSCRIPTION_GATHER_MS_MOST ? ms : SUBSCRIPTION_GATHER_MS_MOST;
}
