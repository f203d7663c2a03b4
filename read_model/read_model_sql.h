/* The module's SQL statements: read_model/sql, for embedded_sql(). */
#pragma once

#include "base/embedded.h"

extern const struct embedded_file read_model_sql[];
