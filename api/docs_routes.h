/* GET /docs, on both endpoints: the viewer of the OpenAPI document, and the files it is made of.
 *
 * They are part of the program, put there when it was built (api/viewer/): nothing is read from
 * disk or from another host, and a name is looked up in a table, never in a directory. A program
 * built without the viewer has a page that says so.
 */
#pragma once

#include "http/http_request.h"

request_fn docs_routes_page, docs_routes_file;
