/* Values of a row as text, for whatever form the row takes. */
#pragma once

#include "base/text.h"

/* The shortest decimal number that reads back the same, with a '.' or exponent; false, and nothing
 * added, if it is infinite. */
bool row_value_write_real(double number, struct text *out);

/* A text that is not UTF-8 (SQL can make such), with U+FFFD in the place of each bad byte. */
void row_value_repair(struct slice text, struct text *out);
