/* A position in a list: the values of the sort columns in the last row returned, bound to the
 * request. Opaque to clients: base64url. */
#pragma once

#include "base/text.h"
#include "read_model/definition/column_value.h"

/* Adds the cursor after a row with these values. `asked` is list_request_hash(). */
void cursor_write(uint64_t asked, const struct column_value *values, size_t count,
                  struct text *out);

/* ERR_INVALID_CURSOR if it is malformed or belongs to another request. */
MUST_CHECK enum err cursor_read(struct slice cursor, uint64_t asked, size_t count,
                                struct arena *arena, struct column_value **ret_values,
                                struct error *error);
