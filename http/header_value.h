/* Parsing header values. Everything stays a slice of the value; nothing is allocated. */
#pragma once

#include "base/slice.h"

/* Without surrounding spaces and tabs. */
struct slice header_value_trim(struct slice text);

/* Returns the part of *rest before the first `separator`, trimmed; *rest becomes the part after it. */
struct slice header_value_take(struct slice *rest, char separator);

/* Equal, ignoring ASCII case. */
bool header_value_is(struct slice text, const char *word);

#define HEADER_VALUE_QUALITY_MOST 1000

/* The weight among parameters separated by ';' ("level=1;q=0.25") in thousandths (RFC 9110
 * §12.4.2). HEADER_VALUE_QUALITY_MOST if there is no weight or an invalid one. */
int header_value_quality(struct slice parameters);

/* True unless `list`, words with weights as in Accept-Encoding, excludes `word`: by omitting it, where
 * "*" stands for every word that the list omits, or with q=0. NULL accepts all. */
bool header_value_accepts(const char *list, const char *word);
