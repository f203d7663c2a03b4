/* The formats of JSON Schema that are asserted. Pure: no allocation, no locale. */
#pragma once

#include "base/slice.h"

enum format {
    FORMAT_NONE,
    FORMAT_DATE_TIME, /* RFC 3339, as clock_parse() reads it */
    FORMAT_DATE,      /* RFC 3339 full-date */
    FORMAT_UUID,      /* RFC 9562, either case */
    FORMAT_EMAIL,     /* RFC 5321 Mailbox */
    FORMAT_URI,       /* RFC 3986, with a scheme */
    FORMAT_COUNT,
};

/* FORMAT_NONE for an unknown format. */
enum format format_find(const char *name);

/* The format's name, and a description for messages ("a date like 2026-11-23"). */
const char *format_name(enum format format);
const char *format_description(enum format format);

bool format_fits(enum format format, struct slice text);

/* True for a URI or a relative reference (RFC 3986 §4.1). */
bool format_is_uri_reference(struct slice text);

/* True for media types whose data is JSON: application/json, text/json and those that end in +json
 * (RFC 6839), with any parameters. */
bool format_is_json_media(struct slice media);
