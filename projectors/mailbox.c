#include "projectors/mailbox.h"

#include "base/wake.h"

#include <string.h>

void mailbox_init(struct mailbox *mailbox, int wake_fd)
{
    *mailbox = (struct mailbox){.wake_fd = wake_fd};
    REQUIRE(pthread_mutex_init(&mailbox->mutex, NULL) == 0);
}

void mailbox_finish(struct mailbox *mailbox)
{
    pthread_mutex_destroy(&mailbox->mutex);
}

static bool is_same(const struct request *a, const struct request *b)
{
    return a->kind == b->kind && a->number == b->number && strcmp(a->stream, b->stream) == 0;
}

static void put(struct mailbox *mailbox, const struct request *request)
{
    mailbox->request = *request;
    mailbox->state = MAILBOX_ASKED;
    wake_signal(mailbox->wake_fd);
}

static enum err fetch(struct mailbox *mailbox, struct error *error)
{
    mailbox->state = MAILBOX_EMPTY;
    enum err err = mailbox->answer.code;
    return err ? error_set(error, err, "%s", mailbox->answer.text) : OK;
}

enum err mailbox_ask(struct mailbox *mailbox, const struct request *request, struct error *error)
{
    enum err err = ERR_NOT_READY;
    pthread_mutex_lock(&mailbox->mutex);
    bool free = mailbox->state == MAILBOX_EMPTY || mailbox->state == MAILBOX_ANSWERED;
    if (mailbox->state == MAILBOX_ANSWERED && is_same(&mailbox->request, request))
        err = fetch(mailbox, error);
    else if (free)
        put(mailbox, request);
    pthread_mutex_unlock(&mailbox->mutex);
    if (err == ERR_NOT_READY)
        error_set(error, err, "the worker has not done it yet; ask again");
    return err;
}

bool mailbox_take(struct mailbox *mailbox, struct request *ret_request)
{
    pthread_mutex_lock(&mailbox->mutex);
    bool asked = mailbox->state == MAILBOX_ASKED;
    if (asked) {
        *ret_request = mailbox->request;
        mailbox->state = MAILBOX_AT_WORK;
    }
    pthread_mutex_unlock(&mailbox->mutex);
    return asked;
}

void mailbox_answer(struct mailbox *mailbox, enum err err, const struct error *error)
{
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->answer = err ? *error : (struct error){0};
    mailbox->answer.code = err;
    mailbox->state = MAILBOX_ANSWERED;
    pthread_mutex_unlock(&mailbox->mutex);
}
