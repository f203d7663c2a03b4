/* The catalogue as pages to read: a list of it all, and a page for each event type and command. */
#pragma once

#include "base/text.h"
#include "schema/catalogue/catalogue.h"

void catalogue_page_write_list(const struct catalogue *catalogue, struct text *out);

/* Of one, as entry_json.h has it: fields, example, the command that causes it or the events it
 * causes, who reads it, versions, upcaster. */
void catalogue_page_write(const json_t *entry, struct text *out);
