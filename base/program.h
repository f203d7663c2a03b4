/* The name by which the program was started: a domain's program is not called annal, and what its
 * help and messages tell to run must be there.
 */
#pragma once

#include "base/text.h"

/* Takes the base name of argv[0], which must stay valid: first of all, before any thread starts. */
void program_use(const char *argv0);

/* "annal" before program_use(). */
const char *program_name(void);

/* Adds a text that is written for annal: the word annal before a space becomes the program's name.
 */
void program_add_text(struct text *out, const char *text);
