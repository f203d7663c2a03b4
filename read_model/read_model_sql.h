/* The module's own statements: read_model/sql/NAME.sql, embedded. */
#pragma once

/* The text of one that must be there. */
const char *read_model_sql(const char *name);
