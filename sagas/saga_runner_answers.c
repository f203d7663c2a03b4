/* What the dispatcher brings back: an answer ends a command, and its saga goes on. */
#include "sagas/saga_runner_private.h"

static void write_answer(const struct dispatch_answer *answer, const struct outbox_row *sent,
                         struct text *what)
{
    text_printf(what, "%s/%s %s: ", sent->category, sent->target,
                sent->command[0] ? sent->command : "state?");
    if (answer->outcome == DISPATCH_GIVEN_UP)
        text_printf(what, "given up: %s", answer->reason.at);
    else if (answer->outcome == DISPATCH_REFUSED)
        text_printf(what, "refused (%d): %s", answer->status, answer->reason.at);
    else if (!sent->command[0])
        text_add(what, answer->state ? "answered" : "there is none");
    else if (answer->nothing_new)
        text_add(what, "accepted, it was so already");
    else
        text_printf(what, "accepted, position %lld", (long long)answer->position);
}

static enum err take_answer(struct saga_runner *runner, const struct dispatch_answer *answer,
                            int64_t saga, const struct outbox_row *sent, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text what = {0};
    bool found = false;
    write_answer(answer, sent, &what);
    struct saga_input input = {
        .kind = answer->outcome == DISPATCH_GIVEN_UP ? SAGA_GIVEN_UP : SAGA_ANSWER,
        .category = sent->category,
        .id = sent->target,
        .command = sent->command,
        .data = answer->state,
        .position = answer->position,
        .accepted = answer->outcome == DISPATCH_ACCEPTED,
        .nothing_new = answer->nothing_new,
        .reason = answer->reason.at ? answer->reason.at : "",
    };
    enum err err = saga_store_read(runner->store, saga, &row, &found, error);
    if (err || !found)
        return err;
    row.pending = 0;
    return saga_turn_take(&runner->turns, &row, &input, what.at, error);
}

/* What the outbox does not have any more was abandoned. */
static enum err settle(struct saga_runner *runner, const struct dispatch_answer *answer,
                       struct error *error)
{
    struct outbox_row sent;
    int64_t saga;
    enum err err = saga_store_sent_take(runner->store, answer->number, &saga, &sent, error);
    if (err || !saga || strcmp(sent.kind, "event") == 0)
        return err;
    return take_answer(runner, answer, saga, &sent, error);
}

static enum err settle_all(struct saga_runner *runner, struct error *error)
{
    enum err err = OK;
    for (struct dispatch_answer *answer = runner->answers; !err && answer; answer = answer->next)
        err = settle(runner, answer, error);
    return err;
}

void saga_runner_drop_answers(struct saga_runner *runner)
{
    dispatch_answers_destroy(runner->answers);
    runner->answers = NULL;
}

/* What could not be committed is kept and tried again. */
enum err saga_runner_take_answers(struct saga_runner *runner, struct error *error)
{
    if (!runner->answers)
        runner->answers = dispatcher_take(runner->dispatcher);
    if (!runner->answers)
        return OK;
    enum err err = saga_runner_transact(runner, settle_all, error);
    if (!err)
        saga_runner_drop_answers(runner);
    return err;
}
