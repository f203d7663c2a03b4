/* From the name of a table or query to a turn at its model.
 */
#pragma once

#include "read_model/query/read_answer.h"
#include "read_model/query/reader.h"

/* Where the program's definitions have a table or a query. Made once, immutable, shared by threads. */
struct read_name {
    const char *name;
    size_t model; /* index in models_at() */
    size_t index; /* of the table or query in its model */
};

struct read_names {
    struct read_name *at; /* sorted by name */
    size_t count, capacity;
    const char **names; /* the same names alone, for suggestions */
};

struct read_catalogue {
    struct readers *readers;
    struct read_names tables, queries;
};

/* What a name leads to: a turn at its model and, in the definition in force there, the table or the
 * query. Valid until the turn ends. */
struct read_target {
    struct reader_turn turn;
    const struct model_table *table;
    const struct model_query *query;
    struct row_statement **row; /* its statement; *row is NULL until it is used */
};

/* Of the readers' models; the readers are borrowed. */
void read_find_init(struct read_catalogue *catalogue, struct readers *readers);
void read_find_finish(struct read_catalogue *catalogue);

/* Finds a model, and the definition in force, by the name of a table or query. The program's own names
 * lead there at once; a name of another definition, which serves until or since a model was rebuilt, is
 * searched for in all models.
 *
 * Sets answer->model in any case, to NULL if no model has the name; the rest of the answer is empty.
 * On success begins a turn at the model. ERR_NOT_FOUND with a suggestion; ERR_NOT_READY if the model
 * has no file, or one that does not have the name yet. */
MUST_CHECK enum err read_find_table(const struct read_catalogue *catalogue, const char *name,
                                    struct read_answer *answer, struct read_target *ret,
                                    struct error *error);
MUST_CHECK enum err read_find_query(const struct read_catalogue *catalogue, const char *name,
                                    struct read_answer *answer, struct read_target *ret,
                                    struct error *error);
/* Ends the turn. */
void read_find_end(struct read_target *target);
AUTO_FINISH(read_target, struct read_target, read_find_end)
