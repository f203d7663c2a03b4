/* Requests of other threads (the control socket's, the background builder's) to a worker, one at a time.
 * The worker carries them out between two transactions. The caller asks again until it has the answer,
 * so no function waits.
 */
#pragma once

#include "base/error.h"

#include <pthread.h>
#include <stdint.h>

#define MAILBOX_STREAM_BYTES 260
#define MAILBOX_REASON_BYTES 256

enum request_kind {
    REQUEST_CUTOVER, /* to generation `number` */
    REQUEST_RETRY,   /* the parked events of `stream` */
    REQUEST_SKIP,    /* the stream's poison event, which is at position `number` */
    REQUEST_PRUNE,   /* the generations before the one that serves */
};

struct request {
    enum request_kind kind;
    int64_t number;
    char stream[MAILBOX_STREAM_BYTES];
    char reason[MAILBOX_REASON_BYTES];
};

enum mailbox_state { MAILBOX_EMPTY, MAILBOX_ASKED, MAILBOX_AT_WORK, MAILBOX_ANSWERED };

struct mailbox {
    int wake_fd; /* an eventfd the worker waits on; borrowed */
    pthread_mutex_t mutex;
    /* Under the mutex. */
    enum mailbox_state state;
    struct request request;
    struct error answer;
};

void mailbox_init(struct mailbox *mailbox, int wake_fd);
void mailbox_finish(struct mailbox *mailbox);

/* OK or the error the work ended with, once it is done. ERR_BUSY until the worker begins it, also
 * while another request is at work; then ERR_NOT_READY. The next request replaces an answer that
 * was not fetched, so that a request may be carried out twice: each must bear that. */
MUST_CHECK enum err mailbox_ask(struct mailbox *mailbox, const struct request *request,
                                struct error *error);

/* The worker's side: true if there is something to do; then it has to answer. */
bool mailbox_take(struct mailbox *mailbox, struct request *ret_request);
void mailbox_answer(struct mailbox *mailbox, enum err err, const struct error *error);
