#include "tests/bus/recorder.h"

#include "tests/support/claims.h"

#include <stdio.h>

static enum err checkpoint(void *context, struct checkpoint *ret, struct error *error)
{
    (void)error;
    struct recorder *self = context;
    *ret = self->committed;
    return OK;
}

static enum err fails(struct recorder *self, _Atomic int *left, struct error *error)
{
    if (atomic_load(left) <= 0)
        return OK;
    atomic_fetch_sub(left, 1);
    return error_set(error, atomic_load(&self->failure), "as the test wants");
}

static enum err begin(void *context, struct error *error)
{
    struct recorder *self = context;
    self->open = self->committed;
    return fails(self, &self->fail_begins, error);
}

static enum err apply(void *context, const struct event *event, struct error *error)
{
    struct recorder *self = context;
    char begins[40];
    int length = snprintf(begins, sizeof begins, "{\"n\":%lld,", (long long)event->position);
    if (event->position != self->open.position + 1 || event->data.length < (size_t)length ||
        memcmp(event->data.at, begins, (size_t)length) != 0)
        self->out_of_order = true;
    enum err err = fails(self, &self->fail_applies, error);
    if (err)
        return err;
    while (self->holds)
        test_pause_ms(1);
    if (self->pause_every > 0 && event->position % self->pause_every == 0)
        test_pause_ms(1);
    self->open.position = event->position;
    self->applied++;
    return OK;
}

static enum err commit(void *context, const struct checkpoint *at, struct error *error)
{
    struct recorder *self = context;
    enum err err = fails(self, &self->fail_commits, error);
    if (err)
        return err;
    if (at->position != self->open.position)
        self->out_of_order = true;
    self->committed = *at;
    self->commits++;
    self->position = at->position;
    return fails(self, &self->unsure_commits, error);
}

static void rollback(void *context)
{
    struct recorder *self = context;
    self->open = self->committed;
    self->rollbacks++;
}

static enum err other_log(void *context, struct error *error)
{
    struct recorder *self = context;
    self->other_logs++;
    if (self->on_other_log)
        return error_set(error, self->on_other_log, "another log");
    self->committed = (struct checkpoint){0};
    self->position = 0;
    return OK;
}

static enum err between(void *context, struct error *error)
{
    struct recorder *self = context;
    self->betweens++;
    return self->end ? error_set(error, ERR_INTERRUPTED, "the test is over") : OK;
}

static void *run(void *context)
{
    struct recorder *self = context;
    const struct subscriber subscriber = {.context = self,
                                          .checkpoint = checkpoint,
                                          .begin = begin,
                                          .apply = apply,
                                          .commit = commit,
                                          .rollback = rollback,
                                          .other_log = other_log,
                                          .between = between};
    self->err = subscription_run(&self->options, &subscriber, &self->error);
    self->ended = true;
    return NULL;
}

void recorder_start(struct recorder *recorder)
{
    recorder->committed = recorder->begin_at;
    recorder->position = recorder->begin_at.position;
    recorder->end = recorder->ended = false;
    assert_int_equal(pthread_create(&recorder->thread, NULL, run, recorder), 0);
}

enum err recorder_stop(struct recorder *recorder)
{
    recorder->end = true;
    pthread_join(recorder->thread, NULL);
    assert_false(recorder->out_of_order);
    recorder->begin_at = recorder->committed;
    return recorder->err;
}
