/* Numbers as JSON Schema sees them: by value, however they are written (1 equals 1.0). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* True for 1 and for 1.0. */
bool json_number_is_integer(const json_t *number);

/* Below, equal or above 0; exact, also between integers and reals. */
int json_number_compare(const json_t *a, const json_t *b);

/* True if `number` is a whole multiple of `divisor`, which must be above 0. A real counts as the
 * shortest decimal that stands for it, so that 19.99 is a multiple of 0.01. */
bool json_number_is_multiple(const json_t *number, const json_t *divisor);
