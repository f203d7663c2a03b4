/* The state of a subscription; only its files include it. They are called in this order:
 *
 *   subscription.c              the loop: requests of other threads, one step, waiting, errors
 *   subscription_log.c          compares the checkpoint with the log, and reads events from it
 *   subscription_connection.c   connects to the broker and disconnects, on a separate thread
 *   subscription_messages.c     consumes messages
 *   subscription_transaction.c  the subscriber's transaction and the two checkpoints
 */
#pragma once

#include "base/breaker.h"
#include "bus/amqp.h"
#include "bus/log_message.h"
#include "bus/subscription.h"
#include "event_store/event_store.h"
#include "schema/event_batch.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

#define SUBSCRIPTION_IDLE_MS      250
#define SUBSCRIPTION_FAR_EVENTS   2000 /* behind the head: reading the log is quicker */
#define SUBSCRIPTION_CHUNK_EVENTS 1000 /* read from the log at once */
#define SUBSCRIPTION_CHUNK_BYTES  (1 << 20)
#define SUBSCRIPTION_STABLE_MS    5000 /* after this time a connection counts as stable */
#define SUBSCRIPTION_BACKOFF                                                                       \
    {                                                                                              \
        .first_ms = 100, .longest_ms = 5000                                                        \
    }

/* A transaction adapts to the backlog (docs/decisions/0029-a-transaction-follows-the-backlog.md): it ends when
 * no more events are known, or after the chunk or message that reaches a bound. The next one begins later the
 * more events the last one had, so that under load it has more of them. */
#define SUBSCRIPTION_EVENTS_MOST    5000
#define SUBSCRIPTION_BYTES_MOST     (4 << 20)
#define SUBSCRIPTION_MS_MOST        50
#define SUBSCRIPTION_GATHER_US      40 /* for each event */
#define SUBSCRIPTION_GATHER_MS_MOST 15

/* The thread that connects and disconnects. */
struct subscription_connection {
    const struct subscription_options *options;
    pthread_t thread;
    bool running; /* it has not been joined */
    atomic_bool done;
    int done_fd; /* signalled when it is done */

    /* The thread's until it has been joined. */
    bool connects;     /* else it closes `amqp` */
    struct amqp *amqp; /* the new connection; NULL after an error */
    enum err err;
    struct error error;
};

struct subscription {
    const struct subscription_options *options;
    const struct subscriber *subscriber;

    /* `at` is committed; `ahead` includes the events of the open transaction, and equals `at` if none is
     * open. */
    struct checkpoint at, ahead;
    bool in_transaction;
    /* The open transaction, or the last one of this step. */
    struct {
        int64_t events, bytes, began_ms;
    } transaction;

    /* NULL until the log exists. */
    struct event_store *log;
    int64_t head; /* as last read */
    struct event_batch batch;

    /* RabbitMQ; NULL while events are read from the log. */
    struct amqp *amqp;
    struct subscription_connection connection;
    struct breaker broker;
    int64_t look_at_ms; /* when to read the log's head, unless messages bring events */
    uint64_t received_tag, acknowledged_tag;
    struct log_message *message;
    struct sha256 *sha;

    struct {
        struct metric_series *position, *lag, *retrying, *events, *transactions, *filled, *dropped,
            *foreign, *undecodable, *consuming;
    } metrics;
};

/* ---- subscription_transaction.c ---- */

/* Reads the subscriber's checkpoint. */
MUST_CHECK enum err subscription_transaction_restart(struct subscription *s, struct error *error);

/* Applies the event after `ahead`, whose hash must have been verified; begins a transaction if none is
 * open. After an error the transaction has been rolled back. */
MUST_CHECK enum err subscription_transaction_apply(struct subscription *s,
                                                   const struct event *event, struct error *error);
/* Commits the open transaction, if one is open. */
MUST_CHECK enum err subscription_transaction_commit(struct subscription *s, struct error *error);

/* The open transaction has reached a bound. */
bool subscription_transaction_is_full(const struct subscription *s);

/* How long to wait after a transaction of so many events, so that the next one has more. 0 for a few events:
 * they are applied as soon as they are noticed. */
int64_t subscription_transaction_gather_ms(int64_t events);

/* ---- subscription_log.c ---- */

/* Reads the log's head, and checks that the log is that of the checkpoint; if not, calls the
 * subscriber's other_log(). ERR_NOT_FOUND if the log does not exist yet. */
MUST_CHECK enum err subscription_log_look(struct subscription *s, struct error *error);

/* Applies and commits events of the log in one transaction, up to its head or a bound; `*ret_count` events,
 * 0 at its end. */
MUST_CHECK enum err subscription_log_follow(struct subscription *s, size_t *ret_count,
                                            struct error *error);

/* ---- subscription_connection.c ---- */

MUST_CHECK enum err subscription_connection_open(struct subscription *s, struct error *error);
/* Waits for the thread, if it runs. */
void subscription_connection_close(struct subscription *s);

/* Without a connection: begins to connect, if the breaker allows it, or takes the connection that has been
 * made meanwhile: s->amqp. Does not wait. A failure is logged and is not an error. */
void subscription_connection_advance(struct subscription *s);
/* Ends the connection, if there is one; s->amqp is NULL afterwards. Does not wait. */
void subscription_connection_end(struct subscription *s);
/* The same after an error of the broker: logs it, and backs off. */
void subscription_connection_lost(struct subscription *s, const struct error *error);

/* ---- subscription_messages.c ---- */

/* Receives the messages that have arrived, commits and acknowledges. `*ret_busy`: more may have arrived.
 * A lost broker is not an error: s->amqp is NULL afterwards. */
MUST_CHECK enum err subscription_messages_consume(struct subscription *s, bool *ret_busy,
                                                  struct error *error);
