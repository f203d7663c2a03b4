/* What the files that read, check and apply a definition share; no file outside read_model/ includes
 * it. Everything in a model lives in its arena.
 *
 * model_read() takes the text of a file through these steps; the first that fails names file and line:
 *
 *   model_file.c        sections and statements; query_parameter.c, the parameters in a query's head
 *   model_check.c       what the text shows; then that SQLite prepares each statement under the guard
 *                       (guard.h); then event types and the fields of their data (event_fields.h)
 *   model_tables.c      runs the schema in memory, reads back tables, columns, and the indexes that a
 *                       rebuild may create at its end
 *   model_comments.c    comments as descriptions
 *   model_repeatable.c  checks that a rebuild produces the same rows
 *   model_upcasters.c   the upcasters that the handlers depend on
 *
 * A store (store/model_store.c) creates the tables of the finished model and applies events to them
 * (store/model_apply.c).
 */
#pragma once

#include "base/arena.h"
#include "base/db.h"
#include "base/statement.h"
#include "base/text.h"
#include "read_model/definition/model.h"
#include "schema/catalogue/catalogue.h"
#include "schema/event.h"

enum model_parameter {
#define PARAMETER(code, name) MODEL_PARAMETER_##code,
#include "read_model/definition/model_parameter.def"
#undef PARAMETER
    MODEL_PARAMETER_COUNT
};

struct model_statement {
    const char *sql;
    int line; /* of its first token */
};

/* A section `-- on a.v1, b.v1`: each type's events run all its statements, in order. */
struct model_handler {
    const char **types;
    size_t type_count;
    struct model_statement *statements;
    size_t statement_count;
    int line;
};

/* An index that a rebuild may create at its end: not unique, and used by no handler's plan. */
struct model_index {
    const char *name, *sql;
};

struct model {
    struct arena arena;
    const char *file, *name, *hash, *description;
    struct slice text;
    int schema_line; /* 0: the section is missing */
    struct model_statement *schema;
    size_t schema_count;
    struct model_handler *handlers;
    size_t handler_count;
    struct model_query *queries;
    size_t query_count;
    struct model_table *tables;
    size_t table_count;
    struct model_index *late_indexes;
    size_t late_index_count;
    struct upcasters *upcasters; /* that lead to types of the handlers */
};

/* ERR_DEFINITION, "<file>:<line>: …". */
enum err model_fault(const struct model *model, int line, struct error *error, const char *format,
                     ...) PRINTF_LIKE(4, 5);

/* True if the name matches [a-z][a-z0-9_]* and has at most 64 characters. */
bool model_name_is_valid(struct slice name);

/* True if a TEXT of this name is a time: `at`, `time`, `…_at`, `…_time`. */
bool model_name_is_time(struct slice name);

/* Creates a model with this text; model_read() fills in the rest. */
struct model *model_create(const char *file, struct slice text, struct upcasters *take_upcasters);

/* model_file.c: sections and statements */

/* Fills the model's schema, handlers and queries from its text. Of SQL, it knows only where a
 * statement ends. */
MUST_CHECK enum err model_file_read(struct model *model, struct error *error);

/* True if the line is the head of a section. */
bool model_file_is_head(struct slice line);

/* model_check.c: the checks that SQLite does not make, on the tokens of the statements */

/* Before any SQL runs: kinds of statements, parameters, conflict clauses, functions in DEFAULT. */
MUST_CHECK enum err model_check_text(const struct model *model, struct db *db, struct error *error);

/* After model_tables_read(): every handler and query can be prepared under the guard, and queries
 * have distinct names and columns. */
MUST_CHECK enum err model_check_statements(struct model *model, struct db *db, struct error *error);

/* The catalogue has the event types, and the fields of their data as far as the text shows them. */
MUST_CHECK enum err model_check_events(const struct model *model, const struct catalogue *catalogue,
                                       struct error *error);

/* model_tables.c: what `-- schema` creates in a private database in memory, read back from SQLite's
 * own tables */

/* Runs the schema under the guard. */
MUST_CHECK enum err model_tables_make(const struct model *model, struct db *db,
                                      struct error *error);

/* Fills the model's tables from the database, and checks names and primary keys. */
MUST_CHECK enum err model_tables_read(struct model *model, struct db *db, struct error *error);

/* The line of the `-- schema` statement that makes the table or index of this name. */
int model_tables_line(const struct model *model, const char *name);

/* Late indexes, which a rebuild may create at its end: not unique, and used by no handler. This fills
 * the model's list of them, from a database in which its schema was run. The handlers must be known
 * to be valid. Checks the names of all its indexes. */
MUST_CHECK enum err model_tables_find_late_indexes(struct model *model, struct db *db,
                                                   struct error *error);

/* Drop those that exist; create those that do not. */
MUST_CHECK enum err model_tables_drop_late_indexes(const struct model *model, struct db *db,
                                                   struct error *error);
MUST_CHECK enum err model_tables_make_late_indexes(const struct model *model, struct db *db,
                                                   struct error *error);

/* model_comments.c: comments as descriptions for clients: of the model, the lines the file begins with;
 * of a table, the lines directly above its CREATE TABLE; of a column, the comment behind it on its line,
 * or the lines above it. Only `--` comments count */

/* Sets the descriptions of the model, its tables and their columns; those without a comment stay
 * NULL. After model_tables_read(). */
void model_comments_read(struct model *model);

/* model_repeatable.c: rejects SQL that no authorizer sees and that could make a rebuild produce other rows
 * than the live model has: keys and row numbers that SQLite chooses, and handlers that depend on the
 * order in which it happens to read rows. For new definitions only; one that is stored with a generation
 * is not checked again */

/* After model_tables_read(). ERR_DEFINITION with a hint. */
MUST_CHECK enum err model_repeatable_check(const struct model *model, struct db *db,
                                           struct error *error);

/* model_upcasters.c: the upcasters that lead to the types of the handlers. They are stored beside the
 * definition's text, so that a generation reads events in the same way even if the catalogue changes
 * later */

/* Copies them from the catalogue. ERR_DEFINITION: a handler names a type whose events are read as a
 * later version. */
MUST_CHECK enum err model_upcasters_take(struct model *model, const struct catalogue *catalogue,
                                         struct error *error);

/* Write them into a generation's file, and read them. The caller owns *ret_upcasters. */
MUST_CHECK enum err model_upcasters_store(const struct model *model, struct db *db,
                                          struct error *error);
MUST_CHECK enum err model_upcasters_load(struct db *db, struct upcasters **ret_upcasters,
                                         struct error *error);
