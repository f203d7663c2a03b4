/* An OpenAPI document of ours as a page to read: every operation with what it takes and answers. */
#pragma once

#include "base/text.h"

void openapi_page_write(struct slice document, struct text *out);
