#include "bus/relay_cursor.h"

#include "base/db.h"
#include "base/embedded.h"
#include "base/lock_file.h"
#include "base/statement.h"
#include "base/text.h"

extern const struct embedded_file relay_sql[];

struct relay_cursor {
    struct lock_file *lock;
    struct db *db;
    struct statement *read, *save;
};

static enum err open_file(struct relay_cursor *cursor, const char *path, struct error *error)
{
    const char *const migrations[] = {embedded_text(relay_sql, "relay.sql").at};
    enum err err = lock_file_take(path, "annal commands", &cursor->lock, error);
    if (!err)
        err = db_open_writer(path, DB_RELAY, DB_ORDERED, &cursor->db, error);
    if (!err)
        err = db_migrate(cursor->db, migrations, 1, error);
    if (!err)
        err = statement_prepare(cursor->db, embedded_text(relay_sql, "relay_cursor_read.sql").at,
                                &cursor->read, error);
    if (!err)
        err = statement_prepare(cursor->db, embedded_text(relay_sql, "relay_cursor_save.sql").at,
                                &cursor->save, error);
    return err;
}

enum err relay_cursor_open(const char *data_directory, struct relay_cursor **ret_cursor,
                           struct error *error)
{
    AUTO(relay_cursor) struct relay_cursor *cursor = calloc(1, sizeof *cursor);
    AUTO(text) struct text path = {0};
    REQUIRE(cursor);
    text_printf(&path, "%s/relay.db", data_directory);
    enum err err = open_file(cursor, path.at, error);
    if (err)
        return error_add_context(error, err, "the relay's cursor");
    *ret_cursor = cursor;
    cursor = NULL;
    return OK;
}

void relay_cursor_close(struct relay_cursor *cursor)
{
    if (!cursor)
        return;
    statement_close(cursor->read);
    statement_close(cursor->save);
    db_close(cursor->db);
    lock_file_release(cursor->lock);
    free(cursor);
}

enum err relay_cursor_read(struct relay_cursor *cursor, struct checkpoint *ret, struct error *error)
{
    bool row = false;
    enum err err = statement_step(cursor->read, &row, error);
    if (err)
        return error_add_context(error, err, "read the relay's cursor");
    struct checkpoint checkpoint = {0};
    if (row) {
        struct slice log_id = statement_text(cursor->read, 0);
        struct slice hash = statement_blob(cursor->read, 2);
        checkpoint.position = statement_int(cursor->read, 1);
        if (log_id.length < sizeof checkpoint.log_id)
            memcpy(checkpoint.log_id, log_id.at, log_id.length);
        if (hash.length == sizeof checkpoint.hash)
            memcpy(checkpoint.hash, hash.at, hash.length);
    }
    statement_reset(cursor->read);
    *ret = checkpoint;
    return OK;
}

enum err relay_cursor_save(struct relay_cursor *cursor, const struct checkpoint *checkpoint,
                           struct error *error)
{
    statement_bind_text(cursor->save, 1, slice_of(checkpoint->log_id));
    statement_bind_int(cursor->save, 2, checkpoint->position);
    statement_bind_blob(cursor->save, 3, checkpoint->hash, sizeof checkpoint->hash);
    enum err err = statement_run(cursor->save, error);
    return err ? error_add_context(error, err, "save the relay's cursor") : OK;
}
