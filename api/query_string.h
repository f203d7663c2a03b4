/* The query part of a request target, decoded: names and values in the order they came. */
#pragma once

#include "http/http_request.h"
#include "read_model/query/read_side.h"

#define QUERY_PARAMETERS_MOST 64

struct query_string {
    struct read_parameter parameter[QUERY_PARAMETERS_MOST];
    size_t count;
};

/* Decodes all of it; texts live as long as the request. ERR_INVALID_PARAMETER if something is not
 * percent-encoded UTF-8 without NUL, or there are too many. */
MUST_CHECK enum err query_string_read(struct http_request *request, struct query_string *ret,
                                      struct error *error);

/* The same, but ERR_INVALID_PARAMETER also for a name that is not among `names` (closed by NULL),
 * with the nearest that is, and for one given twice. */
MUST_CHECK enum err query_string_read_known(struct http_request *request, const char *const *names,
                                            struct query_string *ret, struct error *error);

/* ERR_INVALID_PARAMETER if there is any parameter: for routes that take none. */
MUST_CHECK enum err query_string_read_none(struct http_request *request, struct error *error);

/* The value of a parameter, or NULL. */
const struct slice *query_string_value(const struct query_string *query, const char *name);

/* The value as an integer from `least` to `most`, or `fallback` if it is not given. */
MUST_CHECK enum err query_string_int(const struct query_string *query, const char *name,
                                     int64_t least, int64_t most, int64_t fallback, int64_t *ret,
                                     struct error *error);
