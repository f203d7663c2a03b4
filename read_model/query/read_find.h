/* Finding the model, and the definition in force, that a table or a named query belongs to. The
 * program's own names lead there at once; a name of another definition, which serves until or since
 * a model was rebuilt, is looked for among all models.
 */
#pragma once

#include "read_model/query/reader.h"

/* Begins a turn at the table's model. The table is the snapshot's definition's, valid during the
 * turn; its row statement is snapshot->rows[*ret_index]. ERR_NOT_FOUND with a suggestion;
 * ERR_NOT_READY if its model has no file, or one that does not have the table yet. */
MUST_CHECK enum err read_find_table(struct read_side *side, const char *name,
                                    struct reader_turn *ret_turn,
                                    const struct model_table **ret_table, size_t *ret_index,
                                    struct error *error);

/* The same of a query; its row statement is snapshot->queries[*ret_index]. */
MUST_CHECK enum err read_find_query(struct read_side *side, const char *name,
                                    struct reader_turn *ret_turn,
                                    const struct model_query **ret_query, size_t *ret_index,
                                    struct error *error);
