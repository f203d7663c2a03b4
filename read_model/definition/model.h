/* A read model's definition, read from one SQL file and checked:
 *
 *   -- schema              the tables and indexes
 *   -- on TYPE, TYPE …     a handler: statements to run for each event of these types
 *   -- query NAME (…)      a named query: one SELECT
 *
 * Immutable once read, and shared by threads.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"

struct catalogue;
struct model;
struct upcasters;

/* Column types as SQLite reports them after the schema ran. */
enum column_type {
    COLUMN_TYPE_ANY,
    COLUMN_TYPE_INTEGER,
    COLUMN_TYPE_REAL,
    COLUMN_TYPE_TEXT,
    COLUMN_TYPE_BLOB
};

struct model_column {
    const char *name;
    enum column_type type;
    bool not_null;
    bool is_time;            /* TEXT with the name of a time: `at`, `time`, `…_at`, `…_time` */
    int key;                 /* 1 … n: position in the primary key; 0: not part of it */
    const char *description; /* its comment; NULL: none */
};
struct model_table {
    const char *name;
    const struct model_column *columns;
    size_t column_count;
    size_t key_count;
    const int *key;          /* indexes of the key's columns, in key order */
    const char *description; /* the comment above it; NULL: none */
};
/* A named query's parameters: those its head declares,
 * `-- query largest (branch text, most integer = 20)`, or without such a list all the
 * statement's :names, of any type. */
struct model_query_parameter {
    const char *name;
    enum column_type type; /* COLUMN_TYPE_ANY: see column_value_guess() */
    bool is_time;          /* TEXT or ANY with the name of a time, as for a column */
    bool optional;
    const char *fallback; /* default of an optional one, in the form of a request; NULL: null */
};
struct model_query {
    const char *name, *sql;
    int head_line, line; /* of its head, of its statement */
    bool is_declared;    /* the head has a list of parameters */
    const struct model_query_parameter *parameters;
    size_t parameter_count;
};

/* "text", "integer" and so on, as in the head of a query. */
const char *column_type_name(enum column_type type);

/* Reads and checks a definition. `file` is for messages; its base name without .sql is the model's
 * name. ERR_DEFINITION: "accounts.sql:17: …" with a hint. */
MUST_CHECK enum err model_read(const char *file, struct slice text,
                               const struct catalogue *catalogue, struct model **ret_model,
                               struct error *error);

/* Reads a definition that was checked before and is stored with its hash and upcasters (which this
 * takes over). It is not checked against the catalogue again. */
MUST_CHECK enum err model_read_stored(const char *file, struct slice text, const char *hash,
                                      struct upcasters *take_upcasters, struct model **ret_model,
                                      struct error *error);

void model_destroy(struct model *model);
AUTO_CLOSE(model, struct model, model_destroy)

const char *model_name(const struct model *model);
/* The comment its file begins with; NULL: none. */
const char *model_description(const struct model *model);
struct slice model_text(const struct model *model);
/* SHA-256 in hexadecimal over the schema, the handlers, the schemas of the types that they handle
 * and the upcasters that lead to these; not over the queries. */
const char *model_definition_hash(const struct model *model);
const struct model_table *model_tables(const struct model *model, size_t *ret_count);
const struct model_query *model_queries(const struct model *model, size_t *ret_count);

/* Parts of SQL that is made at run time. Values are never written into SQL; they are bound. */

/* Adds a name in double quotes; quotes in it are doubled. */
void model_write_name(const char *name, struct text *out);

/* Adds SELECT "a", "b" FROM "t": all columns in their order. */
void model_write_select(const struct model_table *table, struct text *out);
