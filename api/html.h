/* Pages to read: HTML without scripts, with an embedded style sheet. Only these functions write texts as
 * content or as the value of an attribute, and they escape them; the names of elements are literals.
 */
#pragma once

#include "base/text.h"

#include <jansson.h>

/* The page up to its heading; and its end. */
void html_begin(struct text *out, const char *title);
void html_end(struct text *out);

/* Adds the text with & < > " ' escaped. */
void html_add(struct text *out, struct slice text);

/* <element>text</element>; adds nothing if the text is NULL. */
void html_element(struct text *out, const char *element, const char *text);

/* A link; `target` must be a path or relative. */
void html_link(struct text *out, const char *target, const char *text);

/* The value as JSON, indented. */
void html_json(struct text *out, const json_t *json);

/* A table: its head of literals, closed by NULL; then rows of cells. */
void html_table_begin(struct text *out, const char *const *head);
void html_table_end(struct text *out);
