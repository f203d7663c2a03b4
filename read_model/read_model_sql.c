/* The module's SQL files, found by name without their ending. */
#include "read_model/read_model_sql.h"

#include "base/embedded.h"

#include <stdio.h>

extern const struct embedded_file read_model_sql_files[];

const char *read_model_sql(const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.sql", name);
    return embedded_text(read_model_sql_files, file).at;
}
