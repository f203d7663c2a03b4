/* Walks over JSON text that has been checked before, without building a tree: returns the raw text of each
 * member or element, so that bytes can be passed on or hashed unchanged.
 *
 *     struct json_scan scan = json_scan_begin(text);
 *     struct slice name, value;
 *     while (json_scan_next(&scan, &name, &value)) …
 *     if (scan.failed) …
 *
 * It never reads outside the slice, whatever the input. It does not check escapes or numbers.
 */
#pragma once

#include "base/slice.h"

struct json_scan {
    const char *at, *end;
    char close;  /* '}' or ']' */
    bool begun;  /* the first member has been seen */
    bool failed; /* the text was not an object or array, or ended early */
};

struct json_scan json_scan_begin(struct slice text);

/* The next member of an object (`*ret_name` without its quotes, escapes untouched) or element of an
 * array (`*ret_name` empty). False at the end, and when `failed`. */
bool json_scan_next(struct json_scan *scan, struct slice *ret_name, struct slice *ret_value);

/* The raw value of a member of an object; an empty slice if the object has none. */
struct slice json_scan_member(struct slice object, const char *name);

/* A raw JSON string without its quotes, if it needs no unescaping; else empty. */
struct slice json_scan_plain_string(struct slice value);
