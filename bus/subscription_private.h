/* Shared by the files of a subscription, which alone include it.
 *
 *   subscription.c              the loop: between, one step, waiting, trouble
 *   subscription_transaction.c  the subscriber's transaction and the two checkpoints
 *   subscription_log.c          looking at the log and following it
 *   subscription_messages.c     consuming messages
 */
#pragma once

#include "base/breaker.h"
#include "bus/amqp.h"
#include "bus/log_message.h"
#include "bus/subscription.h"
#include "event_store/event_store.h"
#include "schema/event_batch.h"
#include "telemetry/metrics.h"

#define SUBSCRIPTION_IDLE_MS     250
#define SUBSCRIPTION_FAR_EVENTS  2000 /* behind the head: reading the log is quicker */
#define SUBSCRIPTION_EVENTS_MOST 1000 /* in a transaction, about */
#define SUBSCRIPTION_BYTES_MOST  (1 << 20)
#define SUBSCRIPTION_STABLE_MS   5000 /* a connection that lasted so long was a good one */
#define SUBSCRIPTION_BACKOFF                                                                       \
    {                                                                                              \
        .first_ms = 100, .longest_ms = 5000                                                        \
    }

struct subscription {
    const struct subscription_options *options;
    const struct subscriber *subscriber;

    /* Where it is. `at` is committed; `ahead` is with what the open transaction has applied, and
     * equal to `at` if none is open. */
    struct checkpoint at, ahead;
    bool in_transaction;
    size_t events_in_transaction;

    /* The log, NULL until it exists. */
    struct event_store *log;
    int64_t head; /* as last seen */
    struct event_batch batch;

    /* RabbitMQ, NULL while the log is followed. */
    struct amqp *amqp;
    struct breaker broker;
    int64_t look_at_ms; /* when to look at the log, unless messages bring events */
    uint64_t received_tag, acknowledged_tag;
    struct log_message *message;
    struct sha256 *sha;

    struct {
        struct metric_series *position, *lag, *retrying, *events, *filled, *dropped, *foreign,
            *undecodable, *consuming;
    } metrics;
};

/* ---- subscription_transaction.c ---- */

/* Reads the subscriber's checkpoint. */
MUST_CHECK enum err subscription_transaction_restart(struct subscription *s, struct error *error);

/* Applies the event after `ahead`, whose hash is set and true; begins a transaction if none is
 * open. After an error nothing is open and nothing of it applied. */
MUST_CHECK enum err subscription_transaction_apply(struct subscription *s,
                                                   const struct event *event, struct error *error);
/* Commits the open transaction, if one is open. */
MUST_CHECK enum err subscription_transaction_commit(struct subscription *s, struct error *error);

/* ---- subscription_log.c ---- */

/* Reads the log's head, and checks that the log is the one of the checkpoint; if not, calls the
 * subscriber's other_log(). ERR_NOT_FOUND if the log does not exist yet. */
MUST_CHECK enum err subscription_log_look(struct subscription *s, struct error *error);

/* Applies and commits the next chunk of the log; `*ret_count` events, 0 at its end. */
MUST_CHECK enum err subscription_log_follow(struct subscription *s, size_t *ret_count,
                                            struct error *error);

/* ---- subscription_messages.c ---- */

/* Tries to connect, if the breaker allows it. A failure is not an error here. */
void subscription_messages_connect(struct subscription *s);
void subscription_messages_disconnect(struct subscription *s);

/* Takes the messages that have come, commits and acknowledges. `*ret_busy`: more may have come
 * already. A lost broker is not an error: s->amqp is NULL afterwards. */
MUST_CHECK enum err subscription_messages_consume(struct subscription *s, bool *ret_busy,
                                                  struct error *error);
