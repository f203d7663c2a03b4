/* A shelf: the number of copies of a book, and how many of them are held for each loan. */
#include "base/json.h"
#include "write_model/aggregate.h"
#include "write_model/event_data.h"

#include <string.h>

struct shelf {
    int64_t copies;
    json_t *held; /* {loan id: copies} */
};

static void *create(void)
{
    struct shelf *shelf = calloc(1, sizeof *shelf);
    REQUIRE(shelf);
    shelf->held = json_object();
    return shelf;
}

static void destroy(void *state)
{
    struct shelf *shelf = state;
    if (shelf)
        json_decref(shelf->held);
    free(shelf);
}

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct shelf *shelf = state;
    int64_t copies;
    const char *loan = "";
    enum err err = event_data_int(data, "copies", 1, 1000, &copies, error);
    if (!err && strcmp(type, "shelf.stocked.v1") != 0)
        err = event_data_text(data, "loanId", &loan, error);
    if (err)
        return err;
    if (strcmp(type, "shelf.stocked.v1") == 0)
        shelf->copies += copies;
    else if (strcmp(type, "shelf.held.v1") == 0)
        json_object_set_new(shelf->held, loan, json_integer(copies));
    else
        json_object_del(shelf->held, loan);
    return OK;
}

static json_t *to_json(const void *state)
{
    const struct shelf *shelf = state;
    return json_pack("{s:I, s:O}", "copies", (json_int_t)shelf->copies, "held", shelf->held);
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    int64_t copies;
    enum err err = event_data_int(json, "copies", 0, INT64_MAX, &copies, error);
    if (err)
        return err;
    struct shelf *shelf = create();
    shelf->copies = copies;
    json_object_update(shelf->held, json_object_get(json, "held"));
    *ret_state = shelf;
    return OK;
}

static size_t size(const void *state)
{
    const struct shelf *shelf = state;
    return sizeof *shelf + json_object_size(shelf->held) * 200;
}

static int64_t free_copies(const struct shelf *shelf)
{
    int64_t copies = shelf->copies;
    const char *loan;
    json_t *held;
    json_object_foreach (shelf->held, loan, held)
        copies -= json_integer_value(held);
    return copies;
}

static enum err decide_stock(const void *state, const struct command *command,
                             struct decision *decision, struct error *error)
{
    (void)state, (void)error;
    decision_add(decision, "shelf.stocked.v1",
                 json_pack("{s:I, s:s*}", "copies",
                           (json_int_t)json_int_or(command->data, "copies", 0), "title",
                           json_string_or(command->data, "title", NULL)));
    return OK;
}

static enum err decide_hold(const void *state, const struct command *command,
                            struct decision *decision, struct error *error)
{
    const struct shelf *shelf = state;
    const char *loan = json_string_or(command->data, "loanId", "");
    int64_t copies = json_int_or(command->data, "copies", 0);
    if (json_int_or(shelf->held, loan, 0) == copies)
        return OK;
    if (copies > free_copies(shelf) + json_int_or(shelf->held, loan, 0))
        return error_set(error, ERR_REFUSED, "shelf %s has %lld free copies, not %lld", command->id,
                         (long long)free_copies(shelf), (long long)copies);
    decision_add(decision, "shelf.held.v1",
                 json_pack("{s:s, s:I}", "loanId", loan, "copies", (json_int_t)copies));
    return OK;
}

static enum err decide_release(const void *state, const struct command *command,
                               struct decision *decision, struct error *error)
{
    const struct shelf *shelf = state;
    const char *loan = json_string_or(command->data, "loanId", "");
    int64_t copies = json_int_or(shelf->held, loan, 0);
    (void)error;
    if (copies)
        decision_add(decision, "shelf.released.v1",
                     json_pack("{s:s, s:I}", "loanId", loan, "copies", (json_int_t)copies));
    return OK;
}

static const struct command_kind commands[] = {
    {"stock", "put copies on a shelf", decide_stock, COMMAND_EVENTS("shelf.stocked.v1")},
    {"hold", "hold copies for a loan", decide_hold, COMMAND_EVENTS("shelf.held.v1")},
    {"release", "release the copies held for a loan", decide_release,
     COMMAND_EVENTS("shelf.released.v1")},
    {0},
};

extern const struct aggregate shelf_aggregate;
const struct aggregate shelf_aggregate = {
    .category = "shelf",
    .state_format = 1,
    .create = create,
    .destroy = destroy,
    .evolve = evolve,
    .to_json = to_json,
    .from_json = from_json,
    .size = size,
    .commands = commands,
};
