/* The name by which the program was started. A domain's program is not called annal, and the commands in
 * its help and messages must exist.
 */
#pragma once

#include "base/text.h"

/* Uses the base name of argv[0], which must stay valid. First of all, before any thread starts. */
void program_use(const char *argv0);

/* "annal" before program_use(). */
const char *program_name(void);

/* Adds a text that is written for annal: the word annal before a space becomes the program's name.
 */
void program_add_text(struct text *out, const char *text);
