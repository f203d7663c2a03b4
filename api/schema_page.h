/* A JSON Schema as a table to read: every field, however deep, with its type and rules. */
#pragma once

#include "base/text.h"

#include <jansson.h>

void schema_page_write_fields(const json_t *schema, struct text *out);
