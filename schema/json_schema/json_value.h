/* Equality of JSON values as JSON Schema has it: numbers by value, members in any order. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

bool json_value_equals(const json_t *a, const json_t *b);

/* Looks for two equal elements of an array. Up to 32 elements it compares each with each, above
 * that it sorts hashes, in memory it allocates for the moment. */
bool json_value_find_repeat(const json_t *array, size_t *ret_first, size_t *ret_second);

/* How large a value is: the number of values in it, and one more for each 64 bytes of text. */
size_t json_value_size(const json_t *value);
