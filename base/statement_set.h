/* The statements of a database, written in one SQL file and each prepared at most once.
 *
 * A module writes its SQL in a file `<what>_statements.sql`, each statement under a line
 * `-- name: NAME`. base/embed_statements.py makes `enum <what>_statement` and the table of texts
 * from it. A statement that is run once per open file is prepared from its text with
 * statement_prepare(); those that are run again and again are kept in a set.
 */
#pragma once

#include "base/statement.h"

struct sql_text {
    const char *name, *text;
};

/* Belongs to the thread of its database. statement_set_finish() accepts a zeroed set. */
struct statement_set {
    struct db *db;                /* borrowed */
    const struct sql_text *texts; /* borrowed */
    struct statement **prepared;  /* one per text; NULL until it is first needed */
    int count;
};

void statement_set_init(struct statement_set *set, struct db *db, const struct sql_text *texts,
                        int count);
/* Must run before the database is closed. */
void statement_set_finish(struct statement_set *set);

/* Returns the statement, reset and ready to be bound; the set owns it. */
MUST_CHECK enum err statement_set_get(struct statement_set *set, int which,
                                      struct statement **ret_statement, struct error *error);

/* Prepares every statement; afterwards statement_set_at() returns each, reset. */
MUST_CHECK enum err statement_set_prepare_all(struct statement_set *set, struct error *error);
struct statement *statement_set_at(struct statement_set *set, int which);
