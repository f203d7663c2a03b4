/* What `--json` prints: JSON objects, one per line. A task about one thing prints one line, a list one
 * line per item. Member names are snake_case. docs/reference/options.md lists the lines of each task.
 */
#pragma once

#include <jansson.h>

/* Prints the object as one line on standard output. */
void json_line_print(json_t *take_object);

/* A file name or an argument as a JSON string; bytes that are not UTF-8 are replaced (utf8_repair()). */
json_t *json_line_string(const char *string);
