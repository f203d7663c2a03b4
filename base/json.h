/* JSON trees (jansson), read strictly: RFC 8259, no duplicate names, no NUL, numbers that fit,
 * nesting of at most JSON_DEEPEST.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"

#include <jansson.h>

#define JSON_DEEPEST 64

/* Any JSON value. ERR_INVALID_JSON names line and column; ERR_NO_MEMORY if an allocation failed.
 * The caller owns *ret_json. */
MUST_CHECK enum err json_read(struct slice text, json_t **ret_json, struct error *error);

/* Reads JSON that annal has stored. If the text is not JSON, the stored data is damaged: the code is
 * `fault`. ERR_NO_MEMORY stays, because the same text may be readable later. */
MUST_CHECK enum err json_read_stored(struct slice text, enum err fault, json_t **ret_json,
                                     struct error *error);

/* Adds the value to `out` compactly, members in their order, reals in their shortest form (19.99). The same
 * tree always gives the same bytes, and reading them back gives the same tree. */
void json_write(const json_t *json, struct text *out);

/* Adds the text of a raw JSON string, as json_scan.h gives it, unescaped. False, and nothing is added,
 * if it is not one. */
bool json_read_string(struct slice raw, struct text *out);

/* Reads an integer; 1.0 and 1e3 are integers too, as in JSON Schema. False if the value is not an integer,
 * or is a real beyond 2^53. */
bool json_read_int(const json_t *value, int64_t *ret_number);

/* The string, integer or fallback at a member of an object; null counts as absent. */
const char *json_string_or(const json_t *object, const char *member, const char *fallback);
int64_t json_int_or(const json_t *object, const char *member, int64_t fallback);

/* True if the object has this string at the member. */
bool json_string_is(const json_t *object, const char *member, const char *string);
