#include "sagas/operator_action.h"

/* The first saga with that id among the kinds of this program, and the names of all. */
static enum err find_only(const struct saga_turns *turns, const char *id, struct saga_row *ret_row,
                          int *ret_count, struct text *names, struct error *error)
{
    enum err err = OK;
    for (const struct saga_kind *const *kind = turns->kinds; !err && *kind; kind++) {
        AUTO(saga_row) struct saga_row row = {0};
        bool found = false;
        if (saga_find(turns->kinds, (*kind)->name, 0) != *kind)
            continue;
        err = saga_store_find(turns->store, (*kind)->name, id, &row, &found, error);
        if (err || !found)
            continue;
        text_printf(names, "%s%s/%s", *ret_count ? ", " : "", row.saga, row.id);
        if ((*ret_count)++ == 0) {
            *ret_row = row;
            row = (struct saga_row){0};
        }
    }
    return err;
}

/* With a name, a saga is found even if this program does not have that kind, so that it can be
 * abandoned. */
static enum err find_saga(const struct saga_turns *turns, const char *saga, const char *id,
                          struct saga_row *ret_row, struct error *error)
{
    AUTO(text) struct text names = {0};
    int count = 0;
    bool found = false;
    enum err err = saga[0] ? saga_store_find(turns->store, saga, id, ret_row, &found, error)
                           : find_only(turns, id, ret_row, &count, &names, error);
    if (err || found || count == 1)
        return err;
    if (count > 1)
        return error_set(error, ERR_REFUSED, "saga %s is ambiguous; name one of %s", id, names.at);
    return error_set(error, ERR_NOT_FOUND, "saga %s%s%s not found", saga, saga[0] ? "/" : "", id);
}

static enum err resume(const struct saga_turns *turns, struct saga_row *row, const char *reason,
                       struct error *error)
{
    AUTO(text) struct text what = {0};
    char why[SAGA_REASON_BYTES];
    if (row->phase != SAGA_STUCK)
        return error_set(error, ERR_REFUSED, "%s %s is not stuck but %s", row->saga, row->id,
                         saga_phase_name(row->phase));
    saga_reason_copy(reason, why);
    text_printf(&what, "resumed%s%s", why[0] ? ": " : "", why);
    struct saga_input input = {.kind = SAGA_RESUMED, .reason = why};
    return saga_turn_take(turns, row, &input, what.at, error);
}

static enum err abandon(const struct saga_turns *turns, struct saga_row *row, const char *reason,
                        struct error *error)
{
    if (row->phase == SAGA_ENDED)
        return error_set(error, ERR_REFUSED, "%s %s has ended already", row->saga, row->id);
    return saga_turn_abandon(turns, row, reason, error);
}

enum err operator_action_apply(const struct saga_turns *turns,
                               const struct operator_request *request, struct error *error)
{
    AUTO(saga_row) struct saga_row row = {0};
    enum err err = find_saga(turns, request->saga, request->id, &row, error);
    if (err)
        return err;
    return request->action == OPERATOR_ACTION_RESUME ? resume(turns, &row, request->reason, error)
                                                     : abandon(turns, &row, request->reason, error);
}
