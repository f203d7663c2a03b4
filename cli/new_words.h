/* The names in a new domain: their syntax, and the names derived from them. */
#pragma once

#include "base/error.h"
#include "base/text.h"

#define NEW_COMMANDS_MOST 20

struct new_command {
    char command[32];   /* "add-note" */
    char c_command[32]; /* "add_note" */
    char event[40];     /* "note-added" */
    char c_event[40];   /* "item_added" */
    char type[80];      /* "cart.note-added.v1" */
};

struct new_names {
    const char *name; /* of the aggregate: "cart" */
    struct new_command commands[NEW_COMMANDS_MOST];
    size_t count;
};

/* `name` is borrowed. A word is COMMAND, whose event is its past participle, or COMMAND=EVENT.
 * ERR_USAGE names the word that cannot be used, and why. */
MUST_CHECK enum err new_words_read(const char *name, const char *const *words, size_t count,
                                   struct new_names *ret_names, struct error *error);

/* Expands a template onto `out`: @name@, @first_command@ and the like are replaced; the lines
 * between "@each" (or "@rest": without the first command) and "@end" are repeated for each command,
 * in which @command@, @c_command@, @event@, @c_event@ and @type@ are those of the command. `command` is
 * the command of a file for one command, or NULL. */
void new_words_expand(const struct new_names *names, const struct new_command *command,
                      struct slice template, struct text *out);
