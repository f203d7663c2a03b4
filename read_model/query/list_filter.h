/* One filter of a list: `total[gte]=1000`. */
#pragma once

#include "read_model/query/list_request.h"

/* Adds the filter to the request. */
MUST_CHECK enum err list_filter_read(struct list_request *request,
                                     const struct read_parameter *parameter, struct error *error);
