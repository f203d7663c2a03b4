/* What `--json` prints: JSON objects, one per line. A task about one thing prints one line, a list one
 * line per item. Member names are snake_case. docs/reference/options.md lists the lines of each task.
 */
#pragma once

#include <jansson.h>

/* Prints the object, on a line, on standard output. */
void json_line_print(json_t *take_object);

/* A string of a file name or argument, which need not be UTF-8: utf8_repair(). */
json_t *json_line_string(const char *string);
