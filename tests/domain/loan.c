/* A loan: open → requested → approved → lent → returned, or cancelled. Its books are lines, which are
 * final once it is requested. */
#include "base/clock.h"
#include "base/json.h"
#include "write_model/aggregate.h"
#include "write_model/event_data.h"

#include <stdio.h>
#include <string.h>

enum loan_status {
    LOAN_NONE, /* no event yet */
    LOAN_OPEN,
    LOAN_REQUESTED,
    LOAN_APPROVED,
    LOAN_LENT,
    LOAN_RETURNED,
    LOAN_CANCELLED,
    LOAN_STATUSES
};

static const char *const status_names[LOAN_STATUSES] = {
    "none", "open", "requested", "approved", "lent", "returned", "cancelled",
};

struct loan {
    enum loan_status status;
    char member_id[129], branch[4], opened_at[CLOCK_TEXT_BYTES];
    json_t *books; /* [{line, bookId, copies}] */
};

#define LINE_BYTES 400 /* of the JSON of a line, approximately */

/* ---- the state ---- */

static void *create(void)
{
    struct loan *loan = calloc(1, sizeof *loan);
    REQUIRE(loan);
    loan->books = json_array();
    return loan;
}

static void destroy(void *state)
{
    struct loan *loan = state;
    if (loan)
        json_decref(loan->books);
    free(loan);
}

static enum err read_head(struct loan *loan, const json_t *data, struct error *error)
{
    const char *member, *branch, *opened_at;
    enum err err = event_data_text(data, "memberId", &member, error);
    if (!err)
        err = event_data_text(data, "branch", &branch, error);
    if (!err)
        err = event_data_text(data, "openedAt", &opened_at, error);
    if (err)
        return err;
    snprintf(loan->member_id, sizeof loan->member_id, "%s", member);
    snprintf(loan->branch, sizeof loan->branch, "%s", branch);
    snprintf(loan->opened_at, sizeof loan->opened_at, "%s", opened_at);
    return OK;
}

static enum err add_line(struct loan *loan, const json_t *data, struct error *error)
{
    int64_t copies;
    enum err err = event_data_int(data, "copies", 1, 1000, &copies, error);
    if (!err)
        json_array_append_new(loan->books, json_deep_copy(data));
    return err;
}

static int64_t total(const struct loan *loan)
{
    int64_t sum = 0;
    size_t i;
    const json_t *line;
    json_array_foreach (loan->books, i, line)
        sum += json_int_or(line, "copies", 0);
    return sum;
}

static const struct {
    const char *type;
    enum loan_status status;
    enum err (*apply)(struct loan *loan, const json_t *data, struct error *error);
} changes[] = {
    {"loan.opened.v1", LOAN_OPEN, read_head},    {"loan.book.added.v1", LOAN_OPEN, add_line},
    {"loan.requested.v1", LOAN_REQUESTED, NULL}, {"loan.approved.v1", LOAN_APPROVED, NULL},
    {"loan.lent.v1", LOAN_LENT, NULL},           {"loan.returned.v1", LOAN_RETURNED, NULL},
    {"loan.cancelled.v1", LOAN_CANCELLED, NULL},
};

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct loan *loan = state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (strcmp(changes[i].type, type) != 0)
            continue;
        enum err err = changes[i].apply ? changes[i].apply(loan, data, error) : OK;
        if (!err)
            loan->status = changes[i].status;
        return err;
    }
    return OK;
}

static json_t *to_json(const void *state)
{
    const struct loan *loan = state;
    const char *status = status_names[loan->status];
    if (loan->status == LOAN_NONE)
        return json_pack("{s:s}", "status", status);
    return json_pack("{s:s, s:s, s:s, s:s, s:O, s:I}", "status", status, "memberId",
                     loan->member_id, "branch", loan->branch, "openedAt", loan->opened_at, "books",
                     loan->books, "total", (json_int_t)total(loan));
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    const char *status;
    struct loan *loan = create();
    enum err err = event_data_text(json, "status", &status, error);
    for (int i = 0; !err && i < LOAN_STATUSES; i++)
        if (strcmp(status, status_names[i]) == 0)
            loan->status = (enum loan_status)i;
    if (!err && loan->status != LOAN_NONE)
        err = read_head(loan, json, error);
    if (!err && loan->status != LOAN_NONE)
        json_array_extend(loan->books, json_object_get(json, "books"));
    if (!err)
        *ret_state = loan;
    else
        destroy(loan);
    return err;
}

static size_t size(const void *state)
{
    const struct loan *loan = state;
    return sizeof *loan + json_array_size(loan->books) * LINE_BYTES;
}

/* ---- decisions ---- */

/* ERR_REFUSED unless the loan has this status. */
static enum err require_status(const struct loan *loan, const struct command *command,
                               enum loan_status wanted, struct error *error)
{
    if (loan->status == wanted)
        return OK;
    if (loan->status == LOAN_NONE)
        return error_set(error, ERR_REFUSED, "loan %s was never opened", command->id);
    return error_set(error, ERR_REFUSED, "loan %s is %s %s", command->id,
                     loan->status < wanted ? "still" : "already", status_names[loan->status]);
}

static json_t *line_of(const json_t *data, size_t number)
{
    return json_pack("{s:I, s:s, s:I}", "line", (json_int_t)number, "bookId",
                     json_string_or(data, "bookId", ""), "copies",
                     (json_int_t)json_int_or(data, "copies", 0));
}

/* The place without the members that are null; NULL without a place. */
static json_t *copy_pickup(const json_t *pickup)
{
    json_t *copy = json_is_object(pickup) ? json_object() : NULL, *value;
    const char *part;
    json_object_foreach ((json_t *)pickup, part, value)
        if (!json_is_null(value))
            json_object_set(copy, part, value);
    return copy;
}

static void open_loan(struct loan *draft, const struct command *command, struct decision *decision)
{
    const json_t *data = command->data;
    int64_t opened_us = command->now_us;
    const char *given = json_string_or(data, "openedAt", NULL);
    if (given)
        REQUIRE(clock_parse(slice_of(given), &opened_us)); /* the schema says date-time */
    clock_format(opened_us, draft->opened_at);
    snprintf(draft->member_id, sizeof draft->member_id, "%s", json_string_or(data, "memberId", ""));
    snprintf(draft->branch, sizeof draft->branch, "%s", json_string_or(data, "branch", ""));
    decision_add(decision, "loan.opened.v1",
                 json_pack("{s:s, s:s, s:s, s:o*}", "memberId", draft->member_id, "branch",
                           draft->branch, "openedAt", draft->opened_at, "pickup",
                           copy_pickup(json_object_get(data, "pickup"))));
}

static enum err decide_request(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct loan *loan = state;
    enum err err = require_status(loan, command, LOAN_OPEN, error);
    if (!err && json_array_size(loan->books) == 0)
        return error_set(error, ERR_REFUSED, "loan %s is still open and has no book", command->id);
    if (!err)
        decision_add(decision, "loan.requested.v1",
                     json_pack("{s:s, s:s, s:s, s:o, s:I}", "memberId", loan->member_id, "branch",
                               loan->branch, "openedAt", loan->opened_at, "books",
                               json_deep_copy(loan->books), "total", (json_int_t)total(loan)));
    return err;
}

static enum err decide_open(const void *state, const struct command *command,
                            struct decision *decision, struct error *error)
{
    enum err err = require_status(state, command, LOAN_NONE, error);
    if (err)
        return err;
    struct loan *draft = create();
    size_t i;
    const json_t *book;
    open_loan(draft, command, decision);
    json_array_foreach (json_object_get(command->data, "books"), i, book) {
        json_t *line = line_of(book, i + 1);
        json_array_append(draft->books, line);
        decision_add(decision, "loan.book.added.v1", line);
    }
    draft->status = LOAN_OPEN;
    if (json_is_true(json_object_get(command->data, "request")))
        err = decide_request(draft, command, decision, error);
    destroy(draft);
    return err;
}

static enum err decide_add_book(const void *state, const struct command *command,
                                struct decision *decision, struct error *error)
{
    const struct loan *loan = state;
    enum err err = require_status(loan, command, LOAN_OPEN, error);
    if (!err)
        decision_add(decision, "loan.book.added.v1",
                     line_of(command->data, json_array_size(loan->books) + 1));
    return err;
}

static enum err decide_approve(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct loan *loan = state;
    if (loan->status == LOAN_APPROVED)
        return OK;
    enum err err = require_status(loan, command, LOAN_REQUESTED, error);
    if (!err)
        decision_add(decision, "loan.approved.v1",
                     json_pack("{s:s*}", "by", json_string_or(command->data, "by", NULL)));
    return err;
}

static enum err decide_lend(const void *state, const struct command *command,
                            struct decision *decision, struct error *error)
{
    enum err err = require_status(state, command, LOAN_APPROVED, error);
    if (!err)
        decision_add(decision, "loan.lent.v1", json_object());
    return err;
}

static enum err decide_return(const void *state, const struct command *command,
                              struct decision *decision, struct error *error)
{
    const char *condition = json_string_or(command->data, "condition", NULL);
    enum err err = require_status(state, command, LOAN_LENT, error);
    if (!err)
        decision_add(decision, "loan.returned.v1", json_pack("{s:s*}", "condition", condition));
    return err;
}

static enum err decide_cancel(const void *state, const struct command *command,
                              struct decision *decision, struct error *error)
{
    const struct loan *loan = state;
    if (loan->status == LOAN_CANCELLED)
        return OK;
    if (loan->status == LOAN_NONE || loan->status >= LOAN_LENT)
        return require_status(loan, command, LOAN_OPEN, error);
    decision_add(decision, "loan.cancelled.v1",
                 json_pack("{s:s, s:b, s:s, s:s, s:s, s:o, s:I}", "reason",
                           json_string_or(command->data, "reason", ""), "wasRequested",
                           loan->status >= LOAN_REQUESTED, "memberId", loan->member_id, "branch",
                           loan->branch, "openedAt", loan->opened_at, "books",
                           json_deep_copy(loan->books), "total", (json_int_t)total(loan)));
    return OK;
}

static const struct command_kind commands[] = {
    {"open", "open a loan, with books, and request it if asked", decide_open,
     COMMAND_EVENTS("loan.opened.v1", "loan.book.added.v1", "loan.requested.v1")},
    {"add-book", "add a line to a loan that is not yet requested", decide_add_book,
     COMMAND_EVENTS("loan.book.added.v1")},
    {"request", "request a loan: its books are final", decide_request,
     COMMAND_EVENTS("loan.requested.v1")},
    {"approve", "approve a requested loan", decide_approve, COMMAND_EVENTS("loan.approved.v1")},
    {"lend", "record that the books have left", decide_lend, COMMAND_EVENTS("loan.lent.v1")},
    {"return", "record that the books are back", decide_return, COMMAND_EVENTS("loan.returned.v1")},
    {"cancel", "cancel a loan that is not yet lent", decide_cancel,
     COMMAND_EVENTS("loan.cancelled.v1")},
    {0},
};

extern const struct aggregate loan_aggregate;
const struct aggregate loan_aggregate = {
    .category = "loan",
    .state_format = 1,
    .create = create,
    .destroy = destroy,
    .evolve = evolve,
    .to_json = to_json,
    .from_json = from_json,
    .size = size,
    .commands = commands,
};
