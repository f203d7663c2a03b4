/* One thread's view of one read model: a connection to the generation that serves and, while
 * `open`, a read transaction on it, in which everything is at one position.
 *
 * The definition that the file was built from, which is stored in it, determines which tables and
 * queries there are, so that a program older or newer than the file can read it. Only if that
 * definition equals the program's except for its queries (the hashes are equal), the program's text
 * is used: a changed query needs no rebuild.
 *
 * The lock of the reader that has it protects it. */
#pragma once

#include "base/id.h"
#include "read_model/definition/model.h"
#include "read_model/query/row_statement.h"

struct read_snapshot {
    const struct model *model;  /* the program's */
    const char *data_directory; /* borrowed */
    struct db *db;
    const struct model *definition; /* the open file's: `model`, or `stored` */
    struct model *stored;           /* read from the file if it is not `model`; else NULL */
    int64_t generation;             /* of the file that is open */
    struct statement *checkpoint;
    struct row_statement **rows;    /* by table of the definition; NULL until used */
    struct row_statement **queries; /* by its named queries; NULL until used */
    size_t row_count, query_count;
    struct row_cache lists;
    bool open;
    int64_t began_ms; /* monotonic */
    int64_t position;
    char log_id[ID_UUID_BYTES];
};

/* Opens nothing yet. */
void read_snapshot_init(struct read_snapshot *snapshot, const char *data_directory,
                        const struct model *model);
void read_snapshot_finish(struct read_snapshot *snapshot);

/* Ends the present transaction, if any, goes to the generation the link names now, and begins a
 * new one. ERR_NOT_READY if the model has no file yet; ERR_IO if the file that the link names is
 * gone. */
MUST_CHECK enum err read_snapshot_renew(struct read_snapshot *snapshot, struct error *error);

/* Ends the transaction; the connection stays open. */
void read_snapshot_end(struct read_snapshot *snapshot);

/* Prepares a SELECT on the model. ERR_CORRUPT if the file's tables are not those of its definition.
 */
MUST_CHECK enum err read_snapshot_prepare(struct read_snapshot *snapshot, const char *sql,
                                          size_t shown, struct row_statement **ret_row,
                                          struct error *error);
