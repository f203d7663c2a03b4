/* One message of a saga: a command, a question (which reads a stream's state), or an event of the saga's
 * stream. From the transaction that decides it to the transaction that takes in its answer, it is a row
 * of the table `outbox`. While the runner sends it, it is also this struct, which moves from queue to
 * queue and always has one owner:
 *
 *   outbox        added by the open transaction           the runner's thread
 *   dispatcher    waits to be sent, or is in a request    the dispatcher's thread
 *   saga_work     answered; its row is removed next       the runner's thread
 */
#pragma once

#include "base/backoff.h"
#include "base/json.h"

#include <stdint.h>

enum outbox_kind { OUTBOX_COMMAND, OUTBOX_QUESTION, OUTBOX_EVENT };

enum outbox_outcome {
    OUTBOX_UNANSWERED, /* to be sent, or sent again */
    OUTBOX_ACCEPTED,
    OUTBOX_REFUSED,
    OUTBOX_GIVEN_UP, /* it is not sent again, and its effect is unknown */
};

struct outbox_message {
    /* The row. */
    int64_t number; /* order in the outbox */
    enum outbox_kind kind;
    const char *category, *target; /* the stream; of an event: "saga" and the saga's id */
    const char *command;           /* of an event: its type; of a question: "" */
    const char *body;              /* JSON; "": none */
    const char *idempotency;       /* the key; of an event: its id */
    const char *message;           /* its own id, the causation id of the events it causes */
    const char *correlation, *traceparent;
    int64_t first_sent_us; /* 0: never */
    bool withdrawn;        /* its saga was abandoned: it must not be sent, or not again */

    /* The dispatcher's. */
    int64_t sent_monotonic_us; /* `first_sent_us` on the monotonic clock */
    bool left;                 /* it may have been sent, by this process or an earlier one */
    bool alone; /* it gets a request to itself: many were rejected, or their answer was too large */
    unsigned tries; /* attempts that were answered with an error that may pass */
    struct backoff backoff;
    int64_t due_ms;

    /* The answer. */
    enum outbox_outcome outcome;
    int status;         /* HTTP; 0: there was no answer */
    int64_t position;   /* of an accepted command */
    bool nothing_new;   /* accepted, without an event */
    json_t *state;      /* of a question; NULL: the stream does not exist */
    struct text reason; /* unless accepted */

    struct outbox_message *next, *previous;
};

/* Copies the row with its texts. */
struct outbox_message *outbox_message_create(const struct outbox_message *row);
void outbox_message_destroy(struct outbox_message *message);

/* Appends its JSON as an element of the array of POST /commands or of POST /saga-events (saga_append.h);
 * of a question, the path to GET. */
void outbox_message_write(const struct outbox_message *message, struct text *out);

/* Reads the answer to a command or question (`body` NULL: not JSON) and sets its outcome;
 * OUTBOX_UNANSWERED: to be sent again. */
void outbox_message_read(struct outbox_message *message, int status, const json_t *body);

/* True if the answer finally rejects what was sent, as it is: a client error with a problem document of
 * annal. False of trouble that may pass, and of another server. */
bool outbox_message_is_rejected(int status, const json_t *body);

/* The slug of a problem document of annal; "": it is not one. */
const char *outbox_message_problem_slug(const json_t *body);

/* The same for the answer to a whole request, which says nothing about this message: it is tried again,
 * ten times in all. */
void outbox_message_fail(struct outbox_message *message, int status, const json_t *body);

void outbox_message_give_up(struct outbox_message *message, const char *reason);

/* Messages in order. {0} is empty. It owns them. */
struct outbox_messages {
    struct outbox_message *first, *last;
    size_t count;
};
void outbox_messages_add(struct outbox_messages *messages, struct outbox_message *take_message);
/* Returns the first message, which is then the caller's; NULL if empty. */
struct outbox_message *outbox_messages_take(struct outbox_messages *messages);
/* Move all of `from` to the end or to the front of `messages`. */
void outbox_messages_append(struct outbox_messages *messages, struct outbox_messages *from);
void outbox_messages_put_back(struct outbox_messages *messages, struct outbox_messages *from);
/* Marks the message of that number as withdrawn, if it is among them. */
void outbox_messages_withdraw(struct outbox_messages *messages, int64_t number);
void outbox_messages_finish(struct outbox_messages *messages);
AUTO_FINISH(outbox_messages, struct outbox_messages, outbox_messages_finish)
