/* What the files of the dispatcher share: something on its way. */
#pragma once

#include "base/backoff.h"
#include "sagas/dispatcher.h"

enum dispatch_kind {
    DISPATCH_COMMAND,
    DISPATCH_QUESTION,
    DISPATCH_EVENT,
    DISPATCH_WITHDRAWAL, /* goes nowhere: takes back the item of its number */
};

struct dispatch_item {
    int64_t number;
    bool was_sent;
    int64_t
        first_sent_us; /* monotonic, if it was sent; so a step of the wall clock does not count */
    enum dispatch_kind kind;
    char *body; /* its JSON in a request of many; a question's path */
    size_t body_length;
    unsigned tries; /* that were answered, but not well */
    bool alone;     /* in a request: the answer to many was too large */
    bool withdrawn; /* it is not to be sent, or not again: its saga was abandoned */
    bool left;      /* it may have been sent before */
    struct backoff backoff;
    int64_t due_ms;
    struct dispatch_item *next;
};

struct dispatch_item *dispatch_item_create(const struct outbox_row *row);
struct dispatch_item *dispatch_item_withdrawal(int64_t number);
void dispatch_item_destroy(struct dispatch_item *item);

/* An answer to it, without a reason. */
struct dispatch_answer *dispatch_item_answer(const struct dispatch_item *item,
                                             enum dispatch_outcome outcome, int status);

/* Reads the answer to a command or question, as an HTTP status and a body (NULL: not JSON). NULL:
 * it is to be sent again. */
struct dispatch_answer *dispatch_item_read(struct dispatch_item *item, int status,
                                           const json_t *body);

/* The request it came in was answered, but not well. NULL: it is to be sent again. */
struct dispatch_answer *dispatch_item_fail(struct dispatch_item *item, int status,
                                           const json_t *body);
