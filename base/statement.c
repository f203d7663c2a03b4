/* A thin layer over sqlite3_stmt. A binding fails only by a mistake of the caller, so a failure aborts. */
#include "base/statement.h"

#include "base/db_private.h"

#include <sqlite3.h>
#include <stdio.h>

struct statement {
    sqlite3_stmt *sqlite;
    struct db *db;
};

enum err statement_prepare(struct db *db, const char *sql, struct statement **ret_statement,
                           struct error *error)
{
    sqlite3_stmt *sqlite = NULL;
    enum err err = db_prepare(db, sql, &sqlite, error);
    if (err)
        return err;
    struct statement *statement = malloc(sizeof *statement);
    REQUIRE(statement);
    *statement = (struct statement){.sqlite = sqlite, .db = db};
    *ret_statement = statement;
    return OK;
}

void statement_close(struct statement *statement)
{
    if (!statement)
        return;
    sqlite3_finalize(statement->sqlite);
    free(statement);
}

int statement_parameter(const struct statement *statement, const char *name)
{
    return sqlite3_bind_parameter_index(statement->sqlite, name);
}

int statement_parameter_count(const struct statement *statement)
{
    return sqlite3_bind_parameter_count(statement->sqlite);
}

const char *statement_parameter_name(const struct statement *statement, int index)
{
    return sqlite3_bind_parameter_name(statement->sqlite, index);
}

void statement_bind_int(struct statement *statement, int index, int64_t number)
{
    REQUIRE(sqlite3_bind_int64(statement->sqlite, index, number) == SQLITE_OK);
}

void statement_bind_real(struct statement *statement, int index, double number)
{
    REQUIRE(sqlite3_bind_double(statement->sqlite, index, number) == SQLITE_OK);
}

void statement_bind_text(struct statement *statement, int index, struct slice text)
{
    REQUIRE(sqlite3_bind_text64(statement->sqlite, index, text.at ? text.at : "", text.length,
                                SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void statement_bind_blob(struct statement *statement, int index, const void *bytes, size_t length)
{
    REQUIRE(sqlite3_bind_blob64(statement->sqlite, index, bytes, length, SQLITE_STATIC) ==
            SQLITE_OK);
}

void statement_bind_null(struct statement *statement, int index)
{
    REQUIRE(sqlite3_bind_null(statement->sqlite, index) == SQLITE_OK);
}

enum err statement_step(struct statement *statement, bool *ret_row, struct error *error)
{
    return db_step(statement->db, statement->sqlite, ret_row, error);
}

enum err statement_run(struct statement *statement, struct error *error)
{
    bool row = true;
    enum err err = OK;
    while (row && !err)
        err = statement_step(statement, &row, error);
    sqlite3_reset(statement->sqlite);
    return err;
}

enum err statement_read_int(struct statement *statement, int64_t fallback, int64_t *ret,
                            struct error *error)
{
    bool row;
    enum err err = statement_step(statement, &row, error);
    if (err)
        return err;
    *ret = row ? statement_int(statement, 0) : fallback;
    statement_reset(statement);
    return OK;
}

void statement_reset(struct statement *statement)
{
    sqlite3_reset(statement->sqlite);
}

int statement_column_count(const struct statement *statement)
{
    return sqlite3_column_count(statement->sqlite);
}

const char *statement_column_name(const struct statement *statement, int column)
{
    return sqlite3_column_name(statement->sqlite, column);
}

enum column_kind statement_kind(const struct statement *statement, int column)
{
    switch (sqlite3_column_type(statement->sqlite, column)) {
    case SQLITE_INTEGER:
        return COLUMN_INTEGER;
    case SQLITE_FLOAT:
        return COLUMN_REAL;
    case SQLITE_TEXT:
        return COLUMN_TEXT;
    case SQLITE_BLOB:
        return COLUMN_BLOB;
    default:
        return COLUMN_NULL;
    }
}

int64_t statement_int(const struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->sqlite, column);
}

double statement_real(const struct statement *statement, int column)
{
    return sqlite3_column_double(statement->sqlite, column);
}

struct slice statement_text(const struct statement *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement->sqlite, column);
    return (struct slice){text ? text : "",
                          (size_t)sqlite3_column_bytes(statement->sqlite, column)};
}

struct slice statement_blob(const struct statement *statement, int column)
{
    const char *blob = sqlite3_column_blob(statement->sqlite, column);
    return (struct slice){blob ? blob : "",
                          (size_t)sqlite3_column_bytes(statement->sqlite, column)};
}

bool statement_is_readonly(const struct statement *statement)
{
    return sqlite3_stmt_readonly(statement->sqlite);
}
