/* The catalogue as HTML pages: a list, and a page for each event type and command. */
#pragma once

#include "base/text.h"
#include "schema/catalogue/catalogue.h"

void catalogue_page_write_list(const struct catalogue *catalogue, struct text *out);

/* The page of one entry (entry_json.h): fields, example, the commands that cause it or the events that it
 * causes, consumers, versions, upcaster. */
void catalogue_page_write(const json_t *entry, struct text *out);
