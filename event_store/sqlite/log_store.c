/* The only INSERTs into the log.
 *
 * Invariant: a set is stored behind exactly the head it was built on. The head is compared inside
 * the transaction, so another writer, such as a shell, is noticed, and nothing is appended to a history
 * on which the set was not built.
 */
#include "event_store/sqlite/event_log.h"

#include "base/clock.h"

/* ---- transactions ---- */

static enum err begin(struct event_log *log, struct error *error)
{
    enum err err = event_log_check(&log->store, error);
    return err ? err : db_begin(log->db, error);
}

/* Forgets the names that were numbered in the transaction. SQLite itself ends a transaction on some errors
 * (disk full, I/O). */
static void roll_back(struct event_log *log)
{
    db_rollback(log->db);
    log_name_forget(log);
    stream_names_forget(log);
}

static enum err commit(struct event_log *log, struct error *error)
{
    enum err err = db_commit(log->db, error);
    if (err)
        roll_back(log);
    return err;
}

/* ---- the head ---- */

static bool is_at(const struct checkpoint *head, const struct checkpoint *at)
{
    return head->position == at->position && memcmp(head->hash, at->hash, EVENT_HASH_BYTES) == 0;
}

static enum err refuse_other_writer(const struct checkpoint *head, const struct write_set *set,
                                    struct error *error)
{
    return error_set(
        error, ERR_OTHER_WRITER,
        "the log is at position %lld, expected %lld: another program has written to it",
        (long long)head->position, (long long)set->expected.position);
}

static enum err check_head(struct event_log *log, const struct write_set *set, struct error *error)
{
    struct checkpoint head;
    enum err err = event_log_head(&log->store, &head, NULL, error);
    if (err || is_at(&head, &set->expected))
        return err;
    return refuse_other_writer(&head, set, error);
}

/* ---- streams ---- */

static enum err last_stream(struct event_log *log, int64_t *ret_last, struct error *error)
{
    struct statement *last;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_STREAM_LAST, &last, error);
    return err ? err : statement_read_int(last, 0, ret_last, error);
}

/* The stream must be at the version on which the set's events were built. */
static enum err find_stream(struct event_log *log, const struct write_set_stream *stream,
                            int64_t *ret_number, struct error *error)
{
    int64_t version = 0;
    enum err err = stream_names_find(log, stream->name, ret_number, error);
    if (!err && *ret_number)
        err = event_read_version(log, *ret_number, &version, error);
    if (err || version == stream->version_before)
        return err;
    return error_set(error, ERR_OTHER_WRITER, "stream %.*s is at version %lld, expected %lld",
                     SLICE(stream->name), (long long)version, (long long)stream->version_before);
}

/* Numbers the set's streams; new ones are added. */
static enum err number_streams(struct event_log *log, const struct write_set *set, int64_t *numbers,
                               size_t *ret_added, struct error *error)
{
    int64_t last = -1;
    *ret_added = 0;
    enum err err = OK;
    for (size_t i = 0; i < set->streams.count && !err; i++) {
        const struct write_set_stream *stream = &set->streams.at[i];
        if (stream->version_before > 0) {
            err = find_stream(log, stream, &numbers[i], error);
            continue;
        }
        if (last < 0)
            err = last_stream(log, &last, error);
        numbers[i] = ++last;
        ++*ret_added;
        if (!err)
            err = stream_names_add(log, numbers[i], stream->name, error);
    }
    return err;
}

/* ---- rows ---- */

static enum err add_event(struct event_log *log, const struct event *event, int64_t stream,
                          struct error *error)
{
    struct statement *insert;
    int64_t type;
    enum err err = log_name_number_type(log, event->type, &type, error);
    if (!err)
        err = statement_set_get(&log->statements, LOG_STATEMENT_EVENT_INSERT, &insert, error);
    if (err)
        return err;
    statement_bind_int(insert, 1, event->position);
    statement_bind_int(insert, 2, stream);
    statement_bind_int(insert, 3, event->version);
    statement_bind_int(insert, 4, type);
    statement_bind_int(insert, 5, event->time_us);
    statement_bind_text(insert, 6, event->id);
    statement_bind_text(insert, 7, event->data);
    statement_bind_text(insert, 8, event->meta);
    statement_bind_blob(insert, 9, event->hash, EVENT_HASH_BYTES);
    err = statement_run(insert, error);
    return err ? error_add_context(error, err, "append position %lld", (long long)event->position)
               : OK;
}

static enum err add_external(struct event_log *log, const struct write_set *set,
                             const struct write_set_external *external, struct error *error)
{
    struct statement *insert;
    enum err err =
        statement_set_get(&log->statements, LOG_STATEMENT_EXTERNAL_INSERT, &insert, error);
    if (err)
        return err;
    statement_bind_text(insert, 1, external->source);
    statement_bind_text(insert, 2, external->id);
    statement_bind_int(insert, 3, set->events.at[external->event].event.position);
    return statement_run(insert, error);
}

static enum err add_snapshot(struct event_log *log, const struct stored_snapshot *snapshot,
                             int64_t stream, struct error *error)
{
    struct statement *insert;
    enum err err =
        statement_set_get(&log->statements, LOG_STATEMENT_SNAPSHOT_STORE, &insert, error);
    if (err)
        return err;
    statement_bind_int(insert, 1, stream);
    statement_bind_int(insert, 2, snapshot->version);
    statement_bind_int(insert, 3, snapshot->format);
    statement_bind_text(insert, 4, snapshot->catalogue);
    statement_bind_text(insert, 5, snapshot->state);
    return statement_run(insert, error);
}

static enum err add_cursor(struct event_log *log, const struct stored_cursor *cursor,
                           struct error *error)
{
    struct statement *insert;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_CURSOR_STORE, &insert, error);
    if (err)
        return err;
    statement_bind_text(insert, 1, slice_of(cursor->name));
    statement_bind_int(insert, 2, cursor->at.position);
    statement_bind_blob(insert, 3, cursor->at.hash, EVENT_HASH_BYTES);
    return statement_run(insert, error);
}

static enum err add_all(struct event_log *log, const struct write_set *set, const int64_t *numbers,
                        struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < set->events.count && !err; i++) {
        const struct write_set_event *added = &set->events.at[i];
        REQUIRE(added->event.position == set->expected.position + 1 + (int64_t)i);
        err = add_event(log, &added->event, numbers[added->stream], error);
    }
    for (size_t i = 0; i < set->externals.count && !err; i++)
        err = add_external(log, set, &set->externals.at[i], error);
    for (size_t i = 0; i < set->answers.count && !err; i++)
        err = log_answer_add(log, &set->answers.at[i], error);
    for (size_t i = 0; i < set->snapshots.count && !err; i++)
        err = add_snapshot(log, &set->snapshots.at[i], numbers[set->snapshots.at[i].stream], error);
    for (size_t i = 0; i < set->cursors.count && !err; i++)
        err = add_cursor(log, &set->cursors.at[i], error);
    return err ? err : log_answer_clean(log, set->clean_answers, set->key_now_us, error);
}

static enum err write_rows(struct event_log *log, const struct write_set *set, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    int64_t *numbers = arena_allocate(&arena, (set->streams.count + 1) * sizeof *numbers);
    size_t added;
    enum err err = check_head(log, set, error);
    if (!err)
        err = number_streams(log, set, numbers, &added, error);
    if (!err)
        err = add_all(log, set, numbers, error);
    return err ? err : stream_names_merge(log, added, error);
}

/* ---- storing ---- */

/* SQLITE_FULL is returned for a write that is not complete, and the frame with the commit mark is at the end of
 * the last one; after every other failure of a COMMIT that frame may be in the file. A process that opens the log later
 * does not find a COMMIT into a file that the path no longer names. */
static enum event_store_outcome commit_set(struct event_log *log, struct error *error)
{
    enum err err = commit(log, error);
    if (err)
        return err == ERR_DISK_FULL ? EVENT_STORE_NOT_STORED : EVENT_STORE_UNKNOWN;
    return event_log_check(&log->store, error) == OK ? EVENT_STORE_STORED : EVENT_STORE_UNKNOWN;
}

enum event_store_outcome log_store(struct event_store *store, const struct write_set *set,
                                   struct error *error)
{
    struct event_log *log = event_log_of(store);
    if (begin(log, error) != OK)
        return EVENT_STORE_NOT_STORED;
    if (write_rows(log, set, error) == OK)
        return commit_set(log, error);
    roll_back(log);
    return EVENT_STORE_NOT_STORED;
}

/* ---- resolving ---- */

/* Why a fence is needed, and why it is enough
 * (docs/decisions/0004-a-commit-that-fails-is-fenced.md).
 *
 * A COMMIT in WAL mode writes its pages as frames to the -wal file, the last one marked as a
 * commit, and then syncs it. If the sync fails, SQLite reports the failure and forgets the frames,
 * but they are in the file. Recovery after a crash accepts every frame up to the last valid commit
 * mark, so it would bring the transaction back.
 *
 * Recovery walks the frames from the first one and stops at the first whose checksum is wrong. The
 * checksum of a frame is carried on from the frame before, so a frame is valid only behind exactly
 * the frames it was written behind. SQLite writes the next transaction where the failed one began.
 * So once the fence is written and synced, a frame of the fence replaces the failed transaction's
 * first frame, and the checksum of every frame left after it no longer follows.
 * For this the fence's frame must differ from the one it covers: it holds a page that no
 * write set writes, with a new count. If the WAL is restarted instead, its header gets a new
 * salt, which makes all older frames invalid at once.
 *
 * If the COMMIT of the fence fails too, the content of the file after a crash is unknown.
 */
static enum err raise_fence(struct event_log *log, int64_t now_us, struct error *error)
{
    struct statement *raise;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_FENCE_RAISE, &raise, error);
    if (!err)
        err = begin(log, error);
    if (err)
        return error_add_context(error, err, "fence");
    statement_bind_int(raise, 1, now_us);
    err = statement_run(raise, error);
    if (err)
        roll_back(log);
    else
        err = commit(log, error);
    return err ? error_add_context(error, err, "fence") : OK;
}

/* Once the fence is durable, recovery cannot find the frames of the failed COMMIT, and the head shows
 * whether the log has the set. */
enum event_store_outcome log_store_resolve(struct event_store *store, const struct write_set *set,
                                           struct error *error)
{
    struct checkpoint head;
    enum err err = raise_fence(event_log_of(store), clock_now_us(), error);
    if (!err)
        err = event_log_head(store, &head, NULL, error);
    if (err)
        return EVENT_STORE_UNKNOWN;
    if (is_at(&head, &set->expected))
        return EVENT_STORE_NOT_STORED;
    if (is_at(&head, &set->head))
        return EVENT_STORE_STORED;
    refuse_other_writer(&head, set, error);
    return EVENT_STORE_UNKNOWN;
}
