/* Routes that serve many things get an operation for each command, table and named query. These
 * functions are for the `expand` of an operation in a table of routes.
 */
#pragma once

#include "api/openapi.h"
#include "api/operation.h"

/* Of the command endpoint. */
void openapi_command_expand(struct openapi *openapi, const struct route *route);
void openapi_command_expand_new(struct openapi *openapi, const struct route *route);
/* The catalogue's event types as the data of the component Event, and as examples. */
void openapi_event_expand(struct openapi *openapi, const struct route *route);

/* openapi_example.c: adds the catalogue's examples to parts that can be of any type or category. */
void openapi_example_set(struct openapi *openapi);

/* Of the query endpoint, from the definitions that serve now. */
void openapi_table_expand_row(struct openapi *openapi, const struct route *route);
void openapi_table_expand_list(struct openapi *openapi, const struct route *route);
void openapi_query_expand(struct openapi *openapi, const struct route *route);
