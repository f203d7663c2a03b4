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

static enum err put_if_free(struct mailbox *mailbox, const struct request *request,
                            struct error *error)
{
    if (mailbox->state == MAILBOX_EMPTY || mailbox->state == MAILBOX_ANSWERED) {
        mailbox->request = *request;
        mailbox->state = MAILBOX_ASKED;
        wake_signal(mailbox->wake_fd);
    }
    return error_set(error, ERR_BUSY, "the worker has not begun it yet; ask again");
}

static enum err fetch(struct mailbox *mailbox, struct error *error)
{
    mailbox->state = MAILBOX_EMPTY;
    enum err err = mailbox->answer.code;
    return err ? error_set(error, err, "%s", mailbox->answer.text) : OK;
}

enum err mailbox_ask(struct mailbox *mailbox, const struct request *request, struct error *error)
{
    enum err err = OK;
    pthread_mutex_lock(&mailbox->mutex);
    bool ours = mailbox->state != MAILBOX_EMPTY && is_same(&mailbox->request, request);
    if (ours && mailbox->state == MAILBOX_ANSWERED)
        err = fetch(mailbox, error);
    else if (ours && mailbox->state == MAILBOX_AT_WORK)
        err = error_set(error, ERR_NOT_READY, "the worker is at work on it; ask again");
    else
        err = put_if_free(mailbox, request, error);
    pthread_mutex_unlock(&mailbox->mutex);
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
