/* A page of rows, {"rows":[…]} as the read side writes it, in other formats. */
#pragma once

#include "base/text.h"

/* A line of JSON for each row. */
void read_page_write_lines(struct slice page, struct text *out);

/* CSV (RFC 4180); null is an empty field, other values are as in JSON. With `names` ("id,total",
 * used if there is no row to take them from) a line of names comes first. */
void read_page_write_csv(struct slice page, struct slice names, struct text *out);
