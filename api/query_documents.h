/* GET / and /openapi.json of the query endpoint; the latter is kept until a model is served by
 * another definition. Used by any number of threads. */
#pragma once

#include "http/router.h"
#include "read_model/query/read_side.h"

struct query_documents;

struct query_documents *query_documents_open(const struct route *routes, struct read_side *side);
void query_documents_close(struct query_documents *documents);

request_fn query_documents_index, query_documents_openapi;
