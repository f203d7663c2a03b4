#include "tests/support/log_edit.h"

#include "base/db.h"
#include "tests/support/claims.h"

#include <fcntl.h>
#include <unistd.h>

static void add_path(const char *data_directory, struct text *path)
{
    text_printf(path, "%s/events.db", data_directory);
}

struct db *log_edit_open(const char *data_directory)
{
    AUTO(text) struct text path = {0};
    struct db *db = NULL;
    add_path(data_directory, &path);
    assert_ok(db_open_writer(path.at, DB_EVENTS, DB_DURABLE, &db, &error));
    return db;
}

void log_edit_event(const char *data_directory, int64_t position)
{
    AUTO(text) struct text sql = {0};
    AUTO(db) struct db *db = log_edit_open(data_directory);
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
    struct db *db = log_edit_open(data_directory);
    text_printf(&sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table_or_index);
    assert_ok(db_read_int(db, sql.at, &page, &error));
    assert_ok(db_read_int(db, "PRAGMA page_size", &page_bytes, &error));
    assert_ok(db_checkpoint(db, &error));
    db_close(db);
    char garbage[65536];
    memset(garbage, 0xa5, sizeof garbage);
    add_path(data_directory, &path);
    int file = open(path.at, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, garbage, (size_t)page_bytes, (page - 1) * page_bytes),
                     page_bytes);
    close(file);
}
