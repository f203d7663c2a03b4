/* The catalogue as pages to read: a list of it all, and a page for each event type and command. */
#pragma once

#include "base/text.h"
#include "schema/catalogue.h"

void catalogue_page_write_list(const struct catalogue *catalogue, struct text *out);

/* Fields, example, the command that causes it or the events it causes, versions, upcaster. */
void catalogue_page_write(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                          struct text *out);
