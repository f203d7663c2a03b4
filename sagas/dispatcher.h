/* Sends what sagas have to send, many at once over kept-alive connections: commands and questions
 * to the command endpoint, the sagas' own events to its control socket. Each is sent until it is
 * answered; the keys make repeats harmless. It has one thread; it knows neither sagas nor their
 * store, and never sends what is older than the keys are kept.
 */
#pragma once

#include "base/json.h"
#include "sagas/saga_store.h"

struct dispatcher;
struct dispatch_list;

struct dispatcher_options {
    const char *base_url;       /* "http://127.0.0.1:8080" */
    const char *data_directory; /* for the control socket of `commands` */
    size_t in_flight;           /* at once; 0: 256 */
    int64_t key_lifetime_us;    /* how long an Idempotency-Key is kept */
    int wake_fd;                /* an eventfd written to when there is an answer */
    /* Tests only: called on the dispatcher's thread before something is sent. May be NULL. */
    void (*before_send)(void *context);
    void *context;
};

enum dispatch_outcome { DISPATCH_ACCEPTED, DISPATCH_REFUSED, DISPATCH_GIVEN_UP };

struct dispatch_answer {
    int64_t number; /* in the outbox */
    enum dispatch_outcome outcome;
    int status;       /* HTTP */
    int64_t position; /* of a command that was accepted */
    bool nothing_new;
    json_t *state;      /* of a question; owned; NULL: there is no such stream */
    struct text reason; /* why not */
    struct dispatch_answer *next;
};
/* With all behind it. */
void dispatch_answers_destroy(struct dispatch_answer *first);

MUST_CHECK enum err dispatcher_start(const struct dispatcher_options *options,
                                     struct dispatcher **ret_dispatcher, struct error *error);
/* What has not been answered is forgotten here; the outbox has it. */
void dispatcher_stop(struct dispatcher *dispatcher);
AUTO_CLOSE(dispatcher, struct dispatcher, dispatcher_stop)

/* How many more it takes now: none while the endpoint cannot be reached. */
size_t dispatcher_room(struct dispatcher *dispatcher);
void dispatcher_send(struct dispatcher *dispatcher, struct dispatch_list *take_items);

/* The answers that have come, in order, as a list, which is the caller's. */
struct dispatch_answer *dispatcher_take(struct dispatcher *dispatcher);

/* False while the command endpoint, or its control socket, does not answer and is left alone. */
void dispatcher_reach(struct dispatcher *dispatcher, bool *ret_commands, bool *ret_events);
