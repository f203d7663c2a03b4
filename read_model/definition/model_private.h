/* What the files that read, check and apply a definition share. No file outside read_model/ includes
 * it. Everything in a model lives in its arena. */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "read_model/definition/model.h"
#include "schema/catalogue/catalogue.h"

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

/* An index a rebuild may leave to the end: not unique, and no handler's plan uses it. */
struct model_index {
    const char *name, *sql;
};

struct model {
    struct arena arena;
    const char *file, *name, *hash, *description;
    struct slice text;
    int schema_line; /* 0: there is no such section */
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

/* True if it matches [a-z][a-z0-9_]*, 64 at most. */
bool model_name_is_valid(struct slice name);

/* True if a TEXT of this name is a time: `at`, `time`, `…_at`, `…_time`. */
bool model_name_is_time(struct slice name);

/* A model of this text of which nothing else is known yet. */
struct model *model_create(const char *file, struct slice text, struct upcasters *take_upcasters);
