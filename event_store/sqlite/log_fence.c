/* Why a fence is needed, and why it is enough
 * (docs/decisions/0004-a-commit-that-fails-is-fenced.md).
 *
 * A COMMIT in WAL mode writes its pages as frames to the -wal file, the last one marked as a
 * commit, and then syncs it. If the sync fails, SQLite reports the failure and forgets the frames:
 * but they are in the file. After a crash nobody remembers that they were given up, and recovery,
 * which believes every frame up to the last valid commit mark, would bring the transaction back.
 *
 * Recovery walks the frames from the first one and stops at the first whose checksum is wrong. The
 * checksum of a frame is carried on from the frame before, so a frame is valid only behind exactly
 * the frames it was written behind. SQLite writes the next transaction where the failed one began.
 * So when the fence has been written and synced, the place of the failed transaction's first frame
 * holds a frame of the fence, and every frame left behind it has a checksum that no longer follows.
 * This needs the fence's frame to differ from the one it covers: it holds a page no batch ever
 * writes, with a count that has not been there before. If the WAL is started anew instead, its
 * header gets a new salt, which makes all older frames invalid at once.
 *
 * If the fence's own COMMIT fails, nothing is known of what the file will hold after a crash.
 */
#include "event_store/sqlite/log_fence.h"

#include "event_store/sqlite/event_log.h"
#include "event_store/sqlite/log_transaction.h"

enum err log_fence_raise(struct event_log *log, int64_t now_us, struct error *error)
{
    struct statement *raise;
    enum err err = statement_set_get(&log->statements, LOG_STATEMENT_FENCE_RAISE, &raise, error);
    if (!err)
        err = log_transaction_begin(log, error);
    if (err)
        return error_add_context(error, err, "fence");
    statement_bind_int(raise, 1, now_us);
    err = statement_run(raise, error);
    if (err)
        log_transaction_rollback(log);
    else
        err = log_transaction_commit(log, error);
    return err ? error_add_context(error, err, "fence") : OK;
}
