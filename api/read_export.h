/* Lists as NDJSON or CSV (RFC 4180): all rows, in constant memory, a page at a time, each page in a
 * read transaction of its own. With a limit it is one page, as in JSON. */
#pragma once

#include "api/read_request.h"

enum read_format { READ_FORMAT_JSON, READ_FORMAT_NDJSON, READ_FORMAT_CSV };

/* What Accept asks for: JSON unless it names another and not JSON. ERR_NOT_ACCEPTABLE. */
MUST_CHECK enum err read_export_choose(const struct http_request *request,
                                       enum read_format *ret_format, struct error *error);

/* Answers a list of the table the path names. */
MUST_CHECK enum err read_export_run(struct http_request *request, const struct model *model,
                                    enum read_format format, struct error *error);
