/* Paging: a page that is not the last has a cursor, as "next_cursor" of a JSON body and in a Link to the
 * next page (RFC 8288). It is opaque to clients, holds one value, and is bound to the query: with other
 * filters it is not valid. Lists of rows write their cursors in the same form
 * (read_model/query/cursor.h).
 */
#pragma once

#include "api/query_string.h"
#include "read_model/definition/column_value.h"

/* The value in the parameter `cursor`; *ret is unchanged if it is not given. ERR_INVALID_CURSOR if the
 * cursor does not belong to `asked`, a hash of the list and its filters, or has a value of another
 * kind. */
MUST_CHECK enum err page_cursor_read(struct http_request *request, const struct query_string *query,
                                     uint64_t asked, enum column_kind kind,
                                     struct column_value *ret, struct error *error);

/* Adds the cursor to `out` and the Link to the answer's headers: the same request with the cursor.
 */
void page_cursor_write(struct http_request *request, uint64_t asked,
                       const struct column_value *value, struct text *out);

/* Only the Link, with a cursor that has been written. */
void page_cursor_link(struct http_request *request, struct slice cursor);
