/* What db.c and statement.c share. Nobody else includes it. */
#pragma once

#include "base/db.h"

struct sqlite3;

struct db {
    struct sqlite3 *sqlite;
    int64_t deadline_us; /* 0: none */
};

/* The error code for a result code of SQLite, extended or not. */
enum err db_code(int sqlite_code);
