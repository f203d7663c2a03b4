/* What the files of the dispatcher share: something on its way. */
#pragma once

#include "base/backoff.h"
#include "base/http_calls.h"
#include "sagas/dispatcher.h"

#define DISPATCH_EVENTS_MOST 64 /* in a request to the control socket */

struct dispatch_item {
    int64_t number, first_sent_us;
    bool is_event, is_question;
    char *path; /* of a command or question */
    char *body; /* an event's: its JSON for the control socket */
    char *key, *message, *correlation, *traceparent;
    unsigned tries; /* that were answered, but not well */
    struct backoff backoff;
    int64_t due_ms;
    struct dispatch_item *next;
};

struct dispatch_item *dispatch_item_create(const struct outbox_row *row);
void dispatch_item_destroy(struct dispatch_item *item);

/* Starts the request of a command or question. */
void dispatch_item_start(struct dispatch_item *item, const char *base_url,
                         struct http_calls *calls);

/* Reads what came back. NULL: it is to be sent again. */
struct dispatch_answer *dispatch_item_read(struct dispatch_item *item,
                                           const struct http_call_answer *answer);
