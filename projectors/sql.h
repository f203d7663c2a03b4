/* The statements of this module, each a file: projectors/sql and two files of tables in schema. */
#pragma once

#include "base/embedded.h"

extern const struct embedded_file projectors_sql[];

static inline const char *sql_text(const char *file)
{
    return embedded_text(projectors_sql, file).at;
}
