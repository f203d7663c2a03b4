/* What is to be sent. */
#include "sagas/saga_store_private.h"

enum err saga_store_send(struct saga_store *store, int64_t saga, struct outbox_row *row,
                         struct error *error)
{
    struct statement *add = statement_set_at(&store->statements, SAGA_STATEMENT_OUTBOX_ADD);
    const char *const texts[] = {row->kind,    row->category,    row->target,
                                 row->command, row->body,        row->idempotency,
                                 row->message, row->correlation, row->traceparent};
    row->number = ++store->outbox_last;
    statement_bind_int(add, 1, row->number);
    statement_bind_int(add, 2, saga);
    for (int i = 0; i < 9; i++)
        statement_bind_text(add, 3 + i, slice_of(texts[i]));
    statement_bind_int(add, 12, row->first_sent_us);
    return statement_run(add, error);
}

static void copy_sent(struct saga_store *store, const struct statement *read,
                      struct outbox_row *ret_row)
{
    saga_store_copy(read, 1, store->sent.kind, sizeof store->sent.kind);
    saga_store_copy(read, 2, store->sent.category, sizeof store->sent.category);
    saga_store_copy(read, 3, store->sent.target, sizeof store->sent.target);
    saga_store_copy(read, 4, store->sent.command, sizeof store->sent.command);
    *ret_row = (struct outbox_row){.kind = store->sent.kind,
                                   .category = store->sent.category,
                                   .target = store->sent.target,
                                   .command = store->sent.command};
}

enum err saga_store_sent_take(struct saga_store *store, int64_t number, int64_t *ret_saga,
                              struct outbox_row *ret_row, struct error *error)
{
    struct statement *take = statement_set_at(&store->statements, SAGA_STATEMENT_OUTBOX_TAKE);
    bool row = false;
    statement_bind_int(take, 1, number);
    enum err err = statement_step(take, &row, error);
    *ret_saga = !err && row ? statement_int(take, 0) : 0;
    if (*ret_saga)
        copy_sent(store, take, ret_row);
    statement_reset(take);
    return err;
}

enum err saga_store_unsent_remove(struct saga_store *store, int64_t number, bool *ret_removed,
                                  struct error *error)
{
    struct statement *remove = statement_set_at(&store->statements, SAGA_STATEMENT_OUTBOX_REMOVE);
    statement_bind_int(remove, 1, number);
    enum err err = statement_run(remove, error);
    *ret_removed = !err && db_changes(store->db) > 0;
    return err;
}

enum err saga_store_mark_sent(struct saga_store *store, int64_t number, int64_t most,
                              int64_t now_us, int64_t *ret_count, struct error *error)
{
    struct statement *sent = statement_set_at(&store->statements, SAGA_STATEMENT_OUTBOX_SENT);
    statement_bind_int(sent, 1, number);
    statement_bind_int(sent, 2, most);
    statement_bind_int(sent, 3, now_us);
    enum err err = statement_run(sent, error);
    *ret_count = err ? 0 : db_changes(store->db);
    return err;
}

enum err saga_store_outbox(struct saga_store *store, int64_t number, int64_t most, outbox_fn *each,
                           void *context, struct error *error)
{
    struct statement *read = statement_set_at(&store->statements, SAGA_STATEMENT_OUTBOX_AFTER);
    bool is_row = false;
    enum err err;
    statement_bind_int(read, 1, number);
    statement_bind_int(read, 2, most);
    while (!(err = statement_step(read, &is_row, error)) && is_row) {
        struct outbox_row row = {.number = statement_int(read, 0),
                                 .kind = statement_text(read, 1).at,
                                 .category = statement_text(read, 2).at,
                                 .target = statement_text(read, 3).at,
                                 .command = statement_text(read, 4).at,
                                 .body = statement_text(read, 5).at,
                                 .idempotency = statement_text(read, 6).at,
                                 .message = statement_text(read, 7).at,
                                 .correlation = statement_text(read, 8).at,
                                 .traceparent = statement_text(read, 9).at,
                                 .first_sent_us = statement_int(read, 10),
                                 .withdrawn = statement_int(read, 11) != 0};
        each(context, &row);
    }
    statement_reset(read);
    return err;
}
