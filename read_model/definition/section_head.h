/* The line a section of a definition begins with: `-- schema`, `-- on a.v1, b.v1`,
 * `-- query name (a text)`. */
#pragma once

#include "base/slice.h"

enum section_kind { SECTION_NONE, SECTION_SCHEMA, SECTION_ON, SECTION_QUERY };

/* "schema", "on", "query"; "" of SECTION_NONE. */
extern const char *const section_head_words[];

/* The head a line is, or SECTION_NONE; *ret_exact tells whether it is written as it must be. */
enum section_kind section_head_recognise(struct slice line, struct slice *ret_rest,
                                         bool *ret_exact);

/* True of a comment that is a word and event types, nothing else: `-- onn a.b.v1, a.c.v1`. */
bool section_head_is_misspelt(struct slice line);

/* What a head is read with: without the space around it; the next word, up to a space or comma; and
 * of "name(a", as of "name", the part before a list of parameters. */
struct slice section_head_trim(struct slice text);
struct slice section_head_word(struct slice *rest);
struct slice section_head_name(struct slice word);
