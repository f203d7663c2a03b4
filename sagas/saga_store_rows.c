/* The rows of the sagas, their timers and history.
 *
 * The rows that were read or saved last are cached, as of the open transaction, so that a busy saga is
 * not read and parsed again; a rollback empties the cache. It is bounded to some 30 MB: the number of a
 * saga selects its slot, the next saga with that slot replaces it, and large rows are not cached. */
#include "sagas/saga_store_private.h"

#include "base/hash.h"

#define ROWS             2048
#define NAMES            8192
#define FACTS_MOST_BYTES 2048 /* as text; the tree takes about six times as much */

/* ---- the cache ---- */

struct saga_cache {
    struct saga_row rows[ROWS]; /* by number; number 0: empty */
    int64_t numbers[NAMES];     /* by the hash of saga and id: the row that was cached last */
};

static size_t slot_of_name(const char *saga, const char *id)
{
    return hash_bytes(hash_bytes(0, slice_of(saga)), slice_of(id)) % NAMES;
}

/* False if the row is not cached. The facts are shared: a caller that changes them saves the row or rolls
 * back. */
static bool read_cached(const struct saga_cache *cache, int64_t number, struct saga_row *ret_row)
{
    const struct saga_row *row = &cache->rows[(size_t)number % ROWS];
    if (number == 0 || row->number != number)
        return false;
    *ret_row = *row;
    json_incref(ret_row->facts);
    ret_row->facts_text = (struct text){0};
    text_add_slice(&ret_row->facts_text, text_slice(&row->facts_text));
    return true;
}

static bool find_cached(const struct saga_cache *cache, const char *saga, const char *id,
                        struct saga_row *ret_row)
{
    int64_t number = cache->numbers[slot_of_name(saga, id)];
    const struct saga_row *row = &cache->rows[(size_t)number % ROWS];
    return strcmp(row->saga, saga) == 0 && strcmp(row->id, id) == 0 &&
           read_cached(cache, number, ret_row);
}

static void forget(struct saga_row *slot)
{
    saga_row_finish(slot);
    slot->number = 0;
}

static void cache_row(struct saga_cache *cache, const struct saga_row *row)
{
    struct saga_row *slot = &cache->rows[(size_t)row->number % ROWS];
    struct text facts_text = slot->facts_text; /* its memory is reused */
    json_t *before = slot->facts;
    if (row->facts_text.length > FACTS_MOST_BYTES) {
        forget(slot);
        return;
    }
    *slot = *row;
    slot->notes = (struct text){0};
    slot->facts_text = facts_text;
    text_clear(&slot->facts_text);
    text_add_slice(&slot->facts_text, text_slice(&row->facts_text));
    json_incref(slot->facts);
    json_decref(before);
    cache->numbers[slot_of_name(row->saga, row->id)] = row->number;
}

void saga_store_rows_forget(struct saga_store *store)
{
    for (size_t i = 0; i < ROWS; i++)
        forget(&store->cache->rows[i]);
}

void saga_store_rows_init(struct saga_store *store)
{
    store->cache = calloc(1, sizeof *store->cache);
    REQUIRE(store->cache);
}

void saga_store_rows_finish(struct saga_store *store)
{
    saga_store_rows_forget(store);
    free(store->cache);
}

/* ---- the rows ---- */

enum err saga_store_add(struct saga_store *store, struct saga_row *row, int64_t now_us,
                        bool *ret_added, struct error *error)
{
    struct statement *add = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_ADD);
    json_write(row->facts, &row->facts_text);
    statement_bind_text(add, 1, slice_of(row->saga));
    statement_bind_text(add, 2, slice_of(row->id));
    statement_bind_int(add, 3, row->version);
    statement_bind_text(add, 4, slice_of(saga_phase_name(row->phase)));
    statement_bind_text(add, 5, slice_of(row->step));
    statement_bind_text(add, 6, text_slice(&row->facts_text));
    statement_bind_text(add, 7, slice_of(row->correlation));
    statement_bind_text(add, 8, slice_of(row->traceparent));
    statement_bind_int(add, 9, now_us);
    enum err err = statement_step(add, ret_added, error);
    if (!err && *ret_added) {
        row->number = statement_int(add, 0);
        row->counted = row->phase;
        store->counts[row->phase]++;
    }
    statement_reset(add);
    return err;
}

static enum err read_one(struct saga_store *store, struct statement *read, struct saga_row *ret_row,
                         bool *ret_found, struct error *error)
{
    enum err err = statement_step(read, ret_found, error);
    if (!err && *ret_found)
        err = saga_row_read(ret_row, read, error);
    if (!err && *ret_found)
        cache_row(store->cache, ret_row);
    statement_reset(read);
    return err;
}

enum err saga_store_find(struct saga_store *store, const char *saga, const char *id,
                         struct saga_row *ret_row, bool *ret_found, struct error *error)
{
    struct statement *find = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_FIND);
    *ret_found = find_cached(store->cache, saga, id, ret_row);
    if (*ret_found)
        return OK;
    statement_bind_text(find, 1, slice_of(saga));
    statement_bind_text(find, 2, slice_of(id));
    return read_one(store, find, ret_row, ret_found, error);
}

enum err saga_store_read(struct saga_store *store, int64_t number, struct saga_row *ret_row,
                         bool *ret_found, struct error *error)
{
    struct statement *read = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_READ);
    *ret_found = read_cached(store->cache, number, ret_row);
    if (*ret_found)
        return OK;
    statement_bind_int(read, 1, number);
    return read_one(store, read, ret_row, ret_found, error);
}

static enum err save_row(struct saga_store *store, const struct saga_row *row, int64_t now_us,
                         struct error *error)
{
    struct statement *save = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_SAVE);
    statement_bind_int(save, 1, row->number);
    statement_bind_text(save, 2, slice_of(saga_phase_name(row->phase)));
    statement_bind_text(save, 3, slice_of(row->step));
    statement_bind_text(save, 4, slice_of(row->reason));
    statement_bind_text(save, 5, text_slice(&row->facts_text));
    statement_bind_int(save, 6, row->due);
    statement_bind_int(save, 7, row->pending);
    statement_bind_int(save, 8, row->abandoned);
    statement_bind_int(save, 9, row->sent);
    statement_bind_int(save, 10, row->told);
    statement_bind_int(save, 11, now_us);
    statement_bind_int(save, 12, row->wakes_us);
    return statement_run(save, error);
}

static enum err save_notes(struct saga_store *store, struct saga_row *row, int64_t now_us,
                           struct error *error)
{
    struct statement *add = statement_set_at(&store->statements, SAGA_STATEMENT_HISTORY_ADD);
    if (row->notes.length == 0)
        return OK;
    statement_bind_int(add, 1, row->number);
    statement_bind_int(add, 2, now_us);
    statement_bind_text(add, 3, text_slice(&row->notes));
    enum err err = statement_run(add, error);
    text_clear(&row->notes);
    return err;
}

enum err saga_store_save(struct saga_store *store, struct saga_row *row, int64_t now_us,
                         struct error *error)
{
    enum err err = save_row(store, row, now_us, error);
    if (err)
        return err;
    store->counts[row->counted]--;
    store->counts[row->phase]++;
    row->counted = row->phase;
    cache_row(store->cache, row);
    return save_notes(store, row, now_us, error);
}

enum err saga_store_due(struct saga_store *store, int64_t *ret_number, struct error *error)
{
    struct statement *due = statement_set_at(&store->statements, SAGA_STATEMENT_SAGA_DUE);
    bool row = false;
    enum err err = statement_step(due, &row, error);
    *ret_number = !err && row ? statement_int(due, 0) : 0;
    statement_reset(due);
    return err;
}

/* ---- timers ---- */

enum err saga_store_next_timer(struct saga_store *store, int64_t *ret_saga, int64_t *ret_due_us,
                               struct error *error)
{
    struct statement *next = statement_set_at(&store->statements, SAGA_STATEMENT_TIMER_NEXT);
    bool row = false;
    enum err err = statement_step(next, &row, error);
    *ret_saga = !err && row ? statement_int(next, 0) : 0;
    *ret_due_us = *ret_saga ? statement_int(next, 1) : 0;
    statement_reset(next);
    return err;
}

enum err saga_store_shift_timers(struct saga_store *store, int64_t by_us, struct error *error)
{
    struct statement *shift = statement_set_at(&store->statements, SAGA_STATEMENT_TIMER_SHIFT);
    saga_store_rows_forget(store);
    statement_bind_int(shift, 1, by_us);
    enum err err = statement_run(shift, error);
    return err ? err : outbox_shift(&store->outbox, by_us, error);
}

/* ---- old histories ---- */

static enum err forget_one(struct saga_store *store, int64_t number, struct error *error)
{
    struct statement *remove = statement_set_at(&store->statements, SAGA_STATEMENT_FORGET_HISTORY);
    struct statement *mark = statement_set_at(&store->statements, SAGA_STATEMENT_FORGET_MARK);
    statement_bind_int(remove, 1, number);
    statement_bind_int(mark, 1, number);
    enum err err = statement_run(remove, error);
    return err ? err : statement_run(mark, error);
}

static enum err find_to_forget(struct saga_store *store, int64_t *ret_number, int64_t *ret_us,
                               struct error *error)
{
    struct statement *next = statement_set_at(&store->statements, SAGA_STATEMENT_FORGET_NEXT);
    bool row = false;
    enum err err = statement_step(next, &row, error);
    *ret_number = !err && row ? statement_int(next, 0) : 0;
    *ret_us = *ret_number ? statement_int(next, 1) : INT64_MAX;
    statement_reset(next);
    return err;
}

enum err saga_store_forget(struct saga_store *store, int64_t before_us, int most,
                           int64_t *ret_next_us, struct error *error)
{
    int64_t number;
    enum err err = find_to_forget(store, &number, ret_next_us, error);
    for (int i = 0; !err && i < most && *ret_next_us < before_us; i++) {
        err = forget_one(store, number, error);
        if (!err)
            err = find_to_forget(store, &number, ret_next_us, error);
    }
    return err;
}
