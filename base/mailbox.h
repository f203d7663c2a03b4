/* Passes requests of other threads to the thread that owns an object, one at a time: the owner takes a
 * request between two steps of its work, carries it out and answers. The other threads are those of the
 * control socket and the background builder.
 *
 * There are two kinds of mailbox:
 *
 *   wait_ms = 0   mailbox_ask() never waits; the caller asks again until it has the answer. The next
 *                 request replaces an answer that was not fetched, so a request may be carried out
 *                 twice: requests must be idempotent.
 *   wait_ms > 0   mailbox_ask() waits for the answer, so a request is carried out at most once. It
 *                 withdraws a request that the owner has not taken within `wait_ms`. Once the owner has
 *                 taken the request, it waits without a limit, because the owner borrows the request's
 *                 fields. Only the asking thread waits; on a control socket its client gets an error at
 *                 the request's deadline (http/control.h).
 */
#pragma once

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct mailbox_options {
    size_t request_bytes; /* of a request, a struct that the mailbox copies */
    bool (*is_same)(const void *a, const void *b); /* of requests; if wait_ms = 0 */
    int wait_ms;
    int wake_fd; /* an eventfd the owner waits on; borrowed */
};

enum mailbox_state { MAILBOX_EMPTY, MAILBOX_ASKED, MAILBOX_AT_WORK, MAILBOX_ANSWERED };

struct mailbox {
    struct mailbox_options options;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* taken or answered */
    /* Under the mutex. */
    enum mailbox_state state;
    void *request;
    struct error answer;
};

void mailbox_init(struct mailbox *mailbox, const struct mailbox_options *options);
void mailbox_finish(struct mailbox *mailbox);

/* Any thread. OK, or the error with which the owner answered.
 * ERR_BUSY: another request is in progress, or the owner did not start this one; nothing was done.
 * ERR_NOT_READY (wait_ms = 0): the owner has started it; ask again. */
MUST_CHECK enum err mailbox_ask(struct mailbox *mailbox, const void *request, struct error *error);

/* The owner's side: true if there is a request, which it must then answer. */
bool mailbox_take(struct mailbox *mailbox, void *ret_request);
void mailbox_answer(struct mailbox *mailbox, enum err err, const struct error *error);
