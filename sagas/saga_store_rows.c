/* The sagas' own rows. */
#include "sagas/saga_store_private.h"

void saga_row_finish(struct saga_row *row)
{
    json_decref(row->facts);
    row->facts = NULL;
}

enum err saga_store_add(struct saga_store *store, const struct saga_row *row, int64_t now_us,
                        bool *ret_added, struct error *error)
{
    struct statement *add = saga_store_statement(store, SAGA_STATEMENT_SAGA_ADD);
    AUTO(text) struct text facts = {0};
    json_write(row->facts, &facts);
    statement_bind_text(add, 1, slice_of(row->saga));
    statement_bind_text(add, 2, slice_of(row->id));
    statement_bind_int(add, 3, row->version);
    statement_bind_text(add, 4, slice_of(saga_phase_name(row->phase)));
    statement_bind_text(add, 5, slice_of(row->step));
    statement_bind_text(add, 6, text_slice(&facts));
    statement_bind_text(add, 7, slice_of(row->correlation));
    statement_bind_text(add, 8, slice_of(row->traceparent));
    statement_bind_int(add, 9, now_us);
    enum err err = statement_step(add, ret_added, error);
    if (!err && *ret_added)
        store->counts[row->phase]++;
    statement_reset(add);
    return err;
}

static enum err read_row(const struct statement *read, struct saga_row *row, struct error *error)
{
    row->number = statement_int(read, 0);
    saga_store_copy(read, 1, row->saga, sizeof row->saga);
    saga_store_copy(read, 2, row->id, sizeof row->id);
    row->version = statement_int(read, 3);
    bool known = saga_phase_read(statement_text(read, 4).at, &row->phase);
    saga_store_copy(read, 5, row->step, sizeof row->step);
    saga_store_copy(read, 6, row->reason, sizeof row->reason);
    row->due = statement_int(read, 8) != 0;
    row->pending = statement_int(read, 9);
    row->abandoned = statement_int(read, 10) != 0;
    row->sent = statement_int(read, 11);
    row->told = statement_int(read, 12);
    saga_store_copy(read, 13, row->correlation, sizeof row->correlation);
    saga_store_copy(read, 14, row->traceparent, sizeof row->traceparent);
    enum err err = json_read(statement_text(read, 7), &row->facts, error);
    if (err || !known)
        return error_set(error, ERR_CORRUPT, "the row of %s %s cannot be read", row->saga, row->id);
    return OK;
}

static enum err read_one(struct statement *read, struct saga_row *ret_row, bool *ret_found,
                         struct error *error)
{
    enum err err = statement_step(read, ret_found, error);
    if (!err && *ret_found)
        err = read_row(read, ret_row, error);
    statement_reset(read);
    return err;
}

enum err saga_store_find(struct saga_store *store, const char *saga, const char *id,
                         struct saga_row *ret_row, bool *ret_found, struct error *error)
{
    struct statement *find = saga_store_statement(store, SAGA_STATEMENT_SAGA_FIND);
    statement_bind_text(find, 1, slice_of(saga));
    statement_bind_text(find, 2, slice_of(id));
    return read_one(find, ret_row, ret_found, error);
}

enum err saga_store_read(struct saga_store *store, int64_t number, struct saga_row *ret_row,
                         bool *ret_found, struct error *error)
{
    struct statement *read = saga_store_statement(store, SAGA_STATEMENT_SAGA_READ);
    statement_bind_int(read, 1, number);
    return read_one(read, ret_row, ret_found, error);
}

static enum err count_move(struct saga_store *store, const struct saga_row *row,
                           struct error *error)
{
    struct statement *read = saga_store_statement(store, SAGA_STATEMENT_SAGA_READ);
    enum saga_phase before;
    bool found = false;
    statement_bind_int(read, 1, row->number);
    enum err err = statement_step(read, &found, error);
    if (!err && found && saga_phase_read(statement_text(read, 4).at, &before)) {
        store->counts[before]--;
        store->counts[row->phase]++;
    }
    statement_reset(read);
    return err;
}

enum err saga_store_save(struct saga_store *store, const struct saga_row *row, int64_t now_us,
                         struct error *error)
{
    struct statement *save = saga_store_statement(store, SAGA_STATEMENT_SAGA_SAVE);
    AUTO(text) struct text facts = {0};
    enum err err = count_move(store, row, error);
    if (err)
        return err;
    json_write(row->facts, &facts);
    statement_bind_int(save, 1, row->number);
    statement_bind_text(save, 2, slice_of(saga_phase_name(row->phase)));
    statement_bind_text(save, 3, slice_of(row->step));
    statement_bind_text(save, 4, slice_of(row->reason));
    statement_bind_text(save, 5, text_slice(&facts));
    statement_bind_int(save, 6, row->due);
    statement_bind_int(save, 7, row->pending);
    statement_bind_int(save, 8, row->abandoned);
    statement_bind_int(save, 9, row->sent);
    statement_bind_int(save, 10, row->told);
    statement_bind_int(save, 11, now_us);
    return statement_run(save, error);
}

enum err saga_store_due(struct saga_store *store, int64_t *ret_number, struct error *error)
{
    struct statement *due = saga_store_statement(store, SAGA_STATEMENT_SAGA_DUE);
    bool row = false;
    enum err err = statement_step(due, &row, error);
    *ret_number = !err && row ? statement_int(due, 0) : 0;
    statement_reset(due);
    return err;
}
