/* JSON values as JSON Schema compares them: numbers by value (1 equals 1.0), members in any order; and
 * their types. */
#pragma once

#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* Bits of the types of JSON Schema. */
enum schema_type {
    SCHEMA_NULL = 1 << 0,
    SCHEMA_BOOLEAN = 1 << 1,
    SCHEMA_INTEGER = 1 << 2,
    SCHEMA_NUMBER = 1 << 3,
    SCHEMA_STRING = 1 << 4,
    SCHEMA_ARRAY = 1 << 5,
    SCHEMA_OBJECT = 1 << 6,
};

/* The bit of a type's name ("string"), or 0. */
unsigned json_value_find_type(const char *name);
/* The names of `types` for messages: "a string or null". */
void json_value_describe_types(unsigned types, struct text *out);
/* All bits of a value: 1.0 is an integer and a number. */
unsigned json_value_types(const json_t *value);

/* True for 1 and for 1.0. */
bool json_value_is_integer(const json_t *number);

/* Below, equal or above 0; exact, also between integers and reals. */
int json_value_compare(const json_t *a, const json_t *b);

/* True if `number` is a whole multiple of `divisor`, which must be above 0. A real counts as the
 * shortest decimal that reads back to it, so that 19.99 is a multiple of 0.01. */
bool json_value_is_multiple(const json_t *number, const json_t *divisor);

bool json_value_equals(const json_t *a, const json_t *b);

/* Searches an array for two equal elements. Up to 32 elements are compared pairwise; of longer
 * arrays, hashes are sorted in memory that is allocated for the call. */
bool json_value_find_repeat(const json_t *array, size_t *ret_first, size_t *ret_second);

/* The size of a value: the number of values in it, plus one for each 64 bytes of text. */
size_t json_value_size(const json_t *value);
