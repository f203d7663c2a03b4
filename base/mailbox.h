/* Requests of other threads to the thread that owns something, one at a time: the owner takes a request
 * between two pieces of its own work, carries it out and answers. Other threads: the control socket's,
 * the background builder's.
 *
 * Asking has two ways; the options choose one for the mailbox:
 *
 *   wait_ms = 0   mailbox_ask() never waits; the caller asks again until it has the answer. The next
 *                 request replaces an answer that was not fetched, so that a request may be carried out
 *                 twice: each must bear that.
 *   wait_ms > 0   mailbox_ask() waits for the answer, so that a request is carried out at most once:
 *                 for requests that must not be repeated. A request that the owner has not taken after
 *                 `wait_ms` is taken back. Once taken, it is waited for without a limit, as long as the
 *                 owner's own work takes: its fields are borrowed from the asking thread. Only that
 *                 thread waits; on a control socket its client is answered at the request's deadline
 *                 (http/control.h).
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

/* Any thread. OK or the error the work ended with, once it is done.
 * ERR_BUSY: another request is in progress, or the owner has not started this one; nothing was done.
 * ERR_NOT_READY (wait_ms = 0): the owner has started it; ask again. */
MUST_CHECK enum err mailbox_ask(struct mailbox *mailbox, const void *request, struct error *error);

/* The owner's side: true if there is a request, which it must then answer. */
bool mailbox_take(struct mailbox *mailbox, void *ret_request);
void mailbox_answer(struct mailbox *mailbox, enum err err, const struct error *error);
