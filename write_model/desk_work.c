/* Whatever can be refused is refused before the first write, so a command that fails after it is
 * rare. A savepoint for each costs 8 % of all the desk does (measured), so a batch is first run
 * without; if one fails, everything is rolled back and the batch run again, carefully. */
#include "write_model/desk_work.h"

#include "event_store/sqlite/event_append.h"
#include "event_store/sqlite/log_transaction.h"

void desk_work_finish(struct desk_work *work)
{
    text_finish(&work->stream);
    text_finish(&work->data);
    text_finish(&work->meta);
    text_finish(&work->ids);
    free(work->events);
    state_cache_destroy(work->cache);
    if (work->log)
        event_store_close(&work->log->store);
    *work = (struct desk_work){0};
}

enum err desk_work_begin_command(struct desk_work *work, const struct command_request *request,
                                 struct error *error)
{
    work->writing = false;
    text_clear(&work->stream);
    text_add(&work->stream, request->category);
    text_add_char(&work->stream, '/');
    text_add(&work->stream, request->id);
    enum err err = event_append_time(work->log, &work->now_us, error);
    if (!err)
        work->head = work->log->head.position;
    return err;
}

enum err desk_work_begin_writing(struct desk_work *work, struct error *error)
{
    if (work->writing)
        return OK;
    enum err err = work->careful ? log_transaction_save(work->log, error) : OK;
    work->writing = !err;
    return err;
}

enum err desk_work_keep(struct desk_work *work, struct error *error)
{
    if (!work->writing)
        return OK;
    enum err err = work->careful ? log_transaction_keep(work->log, error) : OK;
    work->writing = err != OK;
    return err;
}

bool desk_work_undo(struct desk_work *work)
{
    if (!work->writing)
        return db_in_transaction(work->log->db);
    if (!work->careful)
        return false;
    struct cached_state *cached = state_cache_find(work->cache, text_slice(&work->stream));
    if (cached)
        state_cache_drop(work->cache, cached);
    work->writing = false;
    return log_transaction_undo(work->log);
}

void desk_work_reserve(struct desk_work *work, size_t count)
{
    text_clear(&work->ids);
    text_reserve(&work->ids, count * ID_UUID_BYTES);
    if (count <= work->event_capacity)
        return;
    work->events = reallocarray(work->events, count, sizeof *work->events);
    REQUIRE(work->events);
    work->event_capacity = count;
}
