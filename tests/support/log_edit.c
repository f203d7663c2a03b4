#include "tests/support/log_edit.h"

#include "base/db.h"
#include "tests/support/claims.h"

#include <fcntl.h>
#include <unistd.h>

static struct db *open_log(const char *data_directory, struct text *path)
{
    struct db *db = NULL;
    text_printf(path, "%s/events.db", data_directory);
    assert_ok(db_open_writer(path->at, DB_EVENTS, DB_DURABLE, &db, &error));
    return db;
}

void log_edit_event(const char *data_directory, int64_t position)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    AUTO(db) struct db *db = open_log(data_directory, &path);
    text_printf(&sql,
                "DROP TRIGGER IF EXISTS events_are_never_changed;"
                "UPDATE events SET data = replace(data, ':', ' ') WHERE position = %lld",
                (long long)position);
    assert_ok(db_execute(db, sql.at, &error));
}

void log_edit_destroy_page(const char *data_directory, const char *table_or_index)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    int64_t page, page_bytes;
    struct db *db = open_log(data_directory, &path);
    text_printf(&sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table_or_index);
    assert_ok(db_read_int(db, sql.at, &page, &error));
    assert_ok(db_read_int(db, "PRAGMA page_size", &page_bytes, &error));
    assert_ok(db_checkpoint(db, &error));
    db_close(db);
    char garbage[65536];
    memset(garbage, 0xa5, sizeof garbage);
    int file = open(path.at, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, garbage, (size_t)page_bytes, (page - 1) * page_bytes),
                     page_bytes);
    close(file);
}
