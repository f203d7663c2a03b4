/* Reading the read models, for any number of threads: rows, lists and named queries, as JSON text.
 *
 * The module read_model/ has three folders. Each uses only those before it:
 *
 *     NAME.sql --> definition/ --> store/ --> query/ --> JSON, NDJSON, CSV
 *                                    ^
 *                       events ------+
 *
 *   definition/   models.h       all models, from the program and a directory
 *                 model.h        one model's file, read and checked (steps: model_private.h)
 *                 guard.h        what its SQL may do, and for how long
 *                 consumers.h    which models read an event type, or a field of it
 *                 column_value.h typed values of requests
 *   store/        generation.h   a model's files on disk, the link to the one that serves, the locks
 *                 model_store.h  one file, open for writing: a worker applies events to it
 *   query/        read_side.h    this file: the generation that serves, in short read transactions
 *                                (files: read_side_private.h)
 *
 * A worker (projectors/) writes through store/, the query endpoint (api/) reads through query/.
 *
 * Each thread has its own read-only connections, opened at first use, and keeps a read transaction
 * for a few milliseconds, so that many requests share one. Reads are monotonic: after a position of a
 * model was returned, no thread returns an older one. When a generation is retired or removed, reads go
 * to its successor.
 *
 * Tables and named queries are those of the definition from which the serving generation was built,
 * which is stored in its file. While a changed model is being built, all reads use the old definition,
 * and from the cutover on the new one, in every program and without a restart. If the stored definition
 * differs from this program's only in its queries (the hashes are equal), the program's queries are
 * used: they need no rebuild. A table or query that only the program's definition has is ERR_NOT_READY
 * until its generation serves.
 */
#pragma once

#include "read_model/query/read_answer.h"

struct read_side;

struct read_side_options {
    const char *data_directory;
    const struct models *models;
    int64_t query_time_limit_ms; /* of named queries and lists; 0: 2000 */
};

MUST_CHECK enum err read_side_open(const struct read_side_options *options,
                                   struct read_side **ret_side, struct error *error);
/* No thread may be reading. */
void read_side_close(struct read_side *side);
AUTO_CLOSE(read_side, struct read_side, read_side_close)

/* Those of the program, from read_side_options. */
const struct models *read_side_models(const struct read_side *side);

/* Calls `each` for the definition in force of each model, sorted by name; for a model without a
 * file, the program's. Valid for the call. */
typedef void read_definition_fn(void *context, const struct model *definition);
void read_side_each_definition(struct read_side *side, read_definition_fn *each, void *context);

/* One row as a JSON object. ERR_NOT_FOUND, or ERR_NOT_READY if the model has no file yet. */
MUST_CHECK enum err read_row(struct read_side *side, const char *table, const struct slice *key,
                             size_t key_count, struct read_answer *answer, struct error *error);

/* {"rows":[…],"next_cursor":"…","count":N} by filters, sort, fields, limit, cursor, count: see
 * list_request.h and list_operator.def. ERR_INVALID_PARAMETER or ERR_INVALID_CURSOR say what would
 * be right. A page of very large rows ends before its limit. */
MUST_CHECK enum err read_list(struct read_side *side, const char *table,
                              const struct read_parameter *parameters, size_t count,
                              struct read_answer *answer, struct error *error);

/* {"rows":[…]} of a named query. Parameters are typed as its head declares them, each given once,
 * those with a default at most once. One of type any (as all are if nothing is declared) is a
 * number if it is written as one in its shortest form (12, -3, 0.5), else text.
 * ERR_QUERY_TIMEOUT beyond the time limit, ERR_RESULT_TOO_LARGE beyond 8 MiB. */
MUST_CHECK enum err read_query(struct read_side *side, const char *query,
                               const struct read_parameter *parameters, size_t count,
                               struct read_answer *answer, struct error *error);

/* True if this process has returned data of the model. Then position 0 does not mean that the model
 * was never built: its files are gone, or older than the data that was returned. */
bool read_side_has_shown(struct read_side *side, const struct model *model);

/* The current position of a model (0 without a file, or if the file is older than data that was
 * returned). Reads the file: for Annal-Min-Position, readiness and status. */
MUST_CHECK enum err read_side_position(struct read_side *side, const struct model *model,
                                       int64_t *ret_position, struct error *error);
