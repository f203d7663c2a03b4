/* The module's SQL statements: projectors/sql and two files of tables in schema/, for embedded_sql().
 */
#pragma once

#include "base/embedded.h"

extern const struct embedded_file projectors_sql[];
