/* The routes that serve many things, told one by one: an operation for each command, table and
 * named query. For tables of routes.
 */
#pragma once

#include "api/openapi.h"

/* Of the command endpoint. */
void openapi_command_expand(struct openapi *openapi, const struct route *route);
void openapi_command_expand_new(struct openapi *openapi, const struct route *route);
/* The event types of the catalogue as the data of the component Event, and as examples. */
void openapi_event_expand(struct openapi *openapi, const struct route *route);

/* openapi_example.c: gives the catalogue's examples to what can be of any type or category. */
void openapi_example_set(struct openapi *openapi);

/* Of the query endpoint, by the definitions that serve now. */
void openapi_table_expand_row(struct openapi *openapi, const struct route *route);
void openapi_table_expand_list(struct openapi *openapi, const struct route *route);
void openapi_query_expand(struct openapi *openapi, const struct route *route);
