/* The saga of a loan: hold the copies, wait for the approval, lend; release the copies when they are
 * back. A loan that is refused, cancelled or not approved in time is undone. At the end of the wait
 * the saga first asks whether the approval has just arrived. Books that come back damaged make it
 * stuck until an operator resumes it. */
#include "sagas/saga.h"

#include <string.h>

#define APPROVAL_TIMEOUT_S 900

static json_t *find_book(const json_t *books, const char *id)
{
    size_t i;
    json_t *book;
    json_array_foreach (books, i, book)
        if (json_string_is(book, "bookId", id))
            return book;
    return NULL;
}

/* Lines of one book are added up. */
static json_t *begin(const char *id, const json_t *data, const json_t *settings)
{
    json_t *books = json_array(), *line;
    size_t i;
    (void)id;
    json_array_foreach (json_object_get(data, "books"), i, line) {
        const char *book_id = json_string_or(line, "bookId", "");
        json_t *book = find_book(books, book_id);
        int64_t copies = json_int_or(line, "copies", 0) + json_int_or(book, "copies", 0);
        if (!book)
            json_array_append_new(books,
                                  book = json_pack("{s:s, s:s}", "bookId", book_id, "is", "free"));
        json_object_set_new(book, "copies", json_integer(copies));
    }
    int64_t timeout_s = json_int_or(settings, "approval-timeout", APPROVAL_TIMEOUT_S);
    return json_pack("{s:s, s:o, s:I}", "loan", "requested", "books", books, "timeoutMs",
                     (json_int_t)(1000 * timeout_s));
}

static const char *concerns(const char *category, const char *id, const json_t *data)
{
    return strcmp(category, "shelf") == 0 ? json_string_or(data, "loanId", NULL) : id;
}

static const char *const event_types[] = {
    "loan.requested.v1", "loan.approved.v1", "loan.lent.v1",      "loan.returned.v1",
    "loan.cancelled.v1", "shelf.held.v1",    "shelf.released.v1", NULL};

/* The fact that an event states, or the answer to the command that causes the event. */
static const struct {
    const char *category, *said, *is;
} meanings[] = {
    {"loan", "loan.approved.v1", "approved"},
    {"loan", "loan.lent.v1", "lent"},
    {"loan", "lend", "lent"},
    {"loan", "loan.returned.v1", "returned"},
    {"loan", "loan.cancelled.v1", "cancelled"},
    {"loan", "cancel", "cancelled"},
    {"shelf", "shelf.held.v1", "held"},
    {"shelf", "hold", "held"},
    {"shelf", "shelf.released.v1", "released"},
    {"shelf", "release", "released"},
};

static void note(json_t *facts, const struct saga_input *input, const char *said)
{
    const bool of_loan = strcmp(input->category, "loan") == 0;
    json_t *book = find_book(json_object_get(facts, "books"), input->id);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const char *is = meanings[i].is;
        if (strcmp(meanings[i].category, input->category) != 0 ||
            strcmp(meanings[i].said, said) != 0)
            continue;
        if (!of_loan && book)
            saga_facts_note(book, "is", is, input->position);
        else if (of_loan && saga_facts_note(facts, "loan", is, input->position) &&
                 strcmp(is, "cancelled") == 0)
            saga_facts_fail(facts, "%s",
                            json_string_or(input->data, "reason", "the loan was cancelled"));
    }
}

static bool is_so(const json_t *facts, const char *flag)
{
    return json_is_true(json_object_get(facts, flag));
}

static void evolve_event(json_t *facts, const struct saga_input *input)
{
    note(facts, input, input->type);
    if (strcmp(input->type, "loan.returned.v1") == 0 &&
        json_string_is(input->data, "condition", "damaged"))
        json_object_set_new(facts, "damaged", json_true());
}

/* The state of the loan at the end of the wait; later events replace it. */
static void evolve_state(json_t *facts, const struct saga_input *input)
{
    if (!json_string_is(facts, "loan", "requested"))
        return;
    if (json_string_is(input->data, "status", "approved"))
        json_object_set_new(facts, "loan", json_string("approved"));
    else
        saga_facts_fail(facts, "no approval within %lld s",
                        (long long)(json_int_or(facts, "timeoutMs", 0) / 1000));
}

static void evolve_answer(json_t *facts, const struct saga_input *input)
{
    if (input->accepted && input->command[0] == '\0')
        evolve_state(facts, input);
    else if (input->accepted)
        note(facts, input, input->command);
    else if (strcmp(input->command, "hold") == 0)
        saga_facts_fail(facts, "book %s: %s", input->id, input->reason);
    else
        saga_facts_block(facts, input);
}

static void evolve(json_t *facts, const struct saga_input *input)
{
    if (input->kind == SAGA_EVENT)
        evolve_event(facts, input);
    else if (input->kind == SAGA_ANSWER)
        evolve_answer(facts, input);
    else if (input->kind == SAGA_TIMEOUT)
        json_object_set_new(facts, "overdue", json_true());
    else if (input->kind == SAGA_RESUMED && !saga_facts_blocked(facts))
        json_object_del(facts, "damaged");
}

/* True if a book is in the state `is`: then `command` is next. */
static bool send_if(const char *is, const char *id, const json_t *facts, const char *step,
                    const char *command, struct saga_decision *decision)
{
    const json_t *books = json_object_get(facts, "books"), *book;
    size_t i;
    json_array_foreach (books, i, book) {
        if (!json_string_is(book, "is", is))
            continue;
        json_t *body = json_pack("{s:s}", "loanId", id);
        if (strcmp(command, "hold") == 0)
            json_object_set(body, "copies", json_object_get(book, "copies"));
        saga_decision_send(decision, step, "shelf", json_string_or(book, "bookId", ""), command,
                           body);
        return true;
    }
    return false;
}

static void decide_undoing(const char *id, const json_t *facts, struct saga_decision *decision)
{
    saga_decision_reason(decision, saga_facts_failed(facts));
    if (send_if("held", id, facts, "release-copies", "release", decision))
        return;
    if (!json_string_is(facts, "loan", "cancelled"))
        saga_decision_send(decision, "cancel-loan", "loan", id, "cancel",
                           json_pack("{s:s}", "reason", decision->reason));
    else
        saga_decision_rest(decision, "undone", 0);
}

static void decide_lending(const char *id, const json_t *facts, struct saga_decision *decision)
{
    if (send_if("free", id, facts, "hold-copies", "hold", decision))
        return;
    if (json_string_is(facts, "loan", "requested") && is_so(facts, "overdue"))
        saga_decision_ask(decision, "ask-loan", "loan", id);
    else if (json_string_is(facts, "loan", "requested"))
        saga_decision_rest(decision, "await-approval", json_int_or(facts, "timeoutMs", 0));
    else if (json_string_is(facts, "loan", "approved"))
        saga_decision_send(decision, "lend-loan", "loan", id, "lend", json_object());
    else
        saga_decision_rest(decision, "await-return", 0);
}

static void decide(const char *id, const json_t *facts, struct saga_decision *decision)
{
    if (!json_string_is(facts, "loan", "returned") && saga_facts_failed(facts))
        decide_undoing(id, facts, decision);
    else if (!json_string_is(facts, "loan", "returned"))
        decide_lending(id, facts, decision);
    else if (send_if("held", id, facts, "take-back", "release", decision))
        return;
    else if (is_so(facts, "damaged"))
        saga_decision_block(decision, "done", "repair by hand: the books came back damaged");
    else
        saga_decision_rest(decision, "done", 0);
}

#define ANY_END "take-back", "done", "release-copies", "cancel-loan", "undone"

static const struct saga_step steps[] = {
    {"hold-copies", SAGA_RUNNING, {"await-approval", "lend-loan", "await-return", ANY_END}},
    {"await-approval", SAGA_WAITING, {"ask-loan", "lend-loan", "await-return", ANY_END}},
    {"ask-loan", SAGA_RUNNING, {"lend-loan", "await-return", ANY_END}},
    {"lend-loan", SAGA_RUNNING, {"await-return", ANY_END}},
    {"await-return", SAGA_WAITING, {ANY_END}},
    {"take-back", SAGA_RUNNING, {"done"}},
    {"release-copies", SAGA_COMPENSATING, {"cancel-loan", "undone", "take-back", "done"}},
    {"cancel-loan", SAGA_COMPENSATING, {"undone", "take-back", "done"}},
    {"done", SAGA_ENDED, {"take-back"}},
    {"undone", SAGA_ENDED, {"release-copies", "take-back", "done"}},
    {0},
};

extern const struct saga_kind loan_handling;
const struct saga_kind loan_handling = {
    .name = "loan_handling",
    .version = 1,
    .summary = "hold copies, wait for the approval, lend, take back; undo failures",
    .steps = steps,
    .event_types = event_types,
    .begins_with = "loan.requested.v1",
    .concerns = concerns,
    .begin = begin,
    .evolve = evolve,
    .decide = decide,
};
