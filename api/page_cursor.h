/* The one kind of paging: a page that is not the last gives a cursor, as "next_cursor" of a JSON
 * body and within a Link to the next page (RFC 8288). It is opaque to clients, holds one value, and
 * is bound to what was asked: with other filters it is not valid. Lists of rows write theirs
 * themselves (read_model/query/cursor.h), in the same form.
 */
#pragma once

#include "api/query_string.h"
#include "read_model/definition/column_value.h"

/* The value in the parameter `cursor`; *ret stays as it is if that is not given. ERR_INVALID_CURSOR
 * if it is none of `asked`, a hash of the list and its filters, or
 * its value is of another kind. */
MUST_CHECK enum err page_cursor_read(struct http_request *request, const struct query_string *query,
                                     uint64_t asked, enum column_kind kind,
                                     struct column_value *ret, struct error *error);

/* Adds the cursor to `out` and the Link to the answer's headers: the same request with the cursor.
 */
void page_cursor_write(struct http_request *request, uint64_t asked,
                       const struct column_value *value, struct text *out);

/* Only the Link, with a cursor that was written already. */
void page_cursor_link(struct http_request *request, struct slice cursor);
