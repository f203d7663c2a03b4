/* Lists as NDJSON or CSV: all rows, in constant memory, a page at a time, each page read on a
 * worker in a read of its own when the one before has been sent. Ends at `limit` if one was given.
 */
#pragma once

#include "api/read_call.h"

/* The call's read, about to be started, shall be that of an export's first page. */
void read_export_begin(struct http_request *request);

/* The first page has been read: the pages that follow it become part of the answer. */
void read_export_continue(struct http_request *request);
