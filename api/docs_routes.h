/* GET /docs, on both endpoints: the viewer of the OpenAPI document, and its files.
 *
 * The files are embedded in the program when it is built (api/viewer/): nothing is read from disk or
 * from another host, and a name is looked up in a table, never in a directory. A program built without
 * the viewer has a page that says so.
 */
#pragma once

#include "http/http_request.h"

request_fn docs_routes_page, docs_routes_file;
