#include "base/mailbox.h"

#include "base/clock.h"
#include "base/wake.h"

#include <stdlib.h>
#include <string.h>

void mailbox_init(struct mailbox *mailbox, const struct mailbox_options *options)
{
    *mailbox = (struct mailbox){.options = *options, .request = malloc(options->request_bytes)};
    REQUIRE(mailbox->request && pthread_mutex_init(&mailbox->mutex, NULL) == 0 &&
            pthread_cond_init(&mailbox->changed, NULL) == 0);
}

void mailbox_finish(struct mailbox *mailbox)
{
    pthread_cond_destroy(&mailbox->changed);
    pthread_mutex_destroy(&mailbox->mutex);
    free(mailbox->request);
}

/* ---- asking, under the mutex ---- */

static void put(struct mailbox *mailbox, const void *request)
{
    memcpy(mailbox->request, request, mailbox->options.request_bytes);
    mailbox->state = MAILBOX_ASKED;
    wake_signal(mailbox->options.wake_fd);
}

static enum err fetch(struct mailbox *mailbox, struct error *error)
{
    mailbox->state = MAILBOX_EMPTY;
    enum err err = mailbox->answer.code;
    return err ? error_set(error, err, "%s", mailbox->answer.text) : OK;
}

/* Without waiting. */
static enum err ask_again(struct mailbox *mailbox, const void *request, struct error *error)
{
    enum mailbox_state state = mailbox->state;
    bool is_ours = state != MAILBOX_EMPTY && mailbox->options.is_same(mailbox->request, request);
    if (is_ours && state == MAILBOX_ANSWERED)
        return fetch(mailbox, error);
    if (is_ours && state == MAILBOX_AT_WORK)
        return error_set(error, ERR_NOT_READY, "started but not finished; ask again");
    if (state == MAILBOX_EMPTY || state == MAILBOX_ANSWERED)
        put(mailbox, request);
    return error_set(error, ERR_BUSY, "not started; ask again");
}

static enum err ask_and_wait(struct mailbox *mailbox, const void *request, struct error *error)
{
    const struct timespec deadline =
        clock_monotonic_moment(clock_monotonic_ms() + mailbox->options.wait_ms);
    if (mailbox->state != MAILBOX_EMPTY)
        return error_set(error, ERR_BUSY, "another action is in progress; retry");
    put(mailbox, request);
    while (mailbox->state == MAILBOX_ASKED &&
           pthread_cond_clockwait(&mailbox->changed, &mailbox->mutex, CLOCK_MONOTONIC, &deadline) ==
               0) {
    }
    if (mailbox->state == MAILBOX_ASKED) {
        mailbox->state = MAILBOX_EMPTY;
        return error_set(error, ERR_BUSY, "not started within %d ms, and not carried out; retry",
                         mailbox->options.wait_ms);
    }
    while (mailbox->state == MAILBOX_AT_WORK)
        pthread_cond_wait(&mailbox->changed, &mailbox->mutex);
    return fetch(mailbox, error);
}

enum err mailbox_ask(struct mailbox *mailbox, const void *request, struct error *error)
{
    pthread_mutex_lock(&mailbox->mutex);
    enum err err = mailbox->options.wait_ms > 0 ? ask_and_wait(mailbox, request, error)
                                                : ask_again(mailbox, request, error);
    pthread_mutex_unlock(&mailbox->mutex);
    return err;
}

/* ---- the owner ---- */

static void change(struct mailbox *mailbox, enum mailbox_state state)
{
    mailbox->state = state;
    pthread_cond_broadcast(&mailbox->changed);
}

bool mailbox_take(struct mailbox *mailbox, void *ret_request)
{
    pthread_mutex_lock(&mailbox->mutex);
    bool asked = mailbox->state == MAILBOX_ASKED;
    if (asked) {
        memcpy(ret_request, mailbox->request, mailbox->options.request_bytes);
        change(mailbox, MAILBOX_AT_WORK);
    }
    pthread_mutex_unlock(&mailbox->mutex);
    return asked;
}

void mailbox_answer(struct mailbox *mailbox, enum err err, const struct error *error)
{
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->answer = err ? *error : (struct error){0};
    mailbox->answer.code = err;
    change(mailbox, MAILBOX_ANSWERED);
    pthread_mutex_unlock(&mailbox->mutex);
}
