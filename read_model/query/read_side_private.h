/* What the files of the read side share; no file outside read_model/query/ includes it. From the top:
 *
 *   read_side.c      opens and closes the read side; its definitions and positions
 *   read_row.c       one row by its key          read_list.c     a page of a table (list_request.h)
 *   read_query.c     a named query               row_writer.c    their rows as JSON, NDJSON or CSV
 *
 * Each read takes a turn at a model:
 *
 *   read_find.c      from the name of a table or query to a turn at its model
 *   reader.c         the thread's turn at that model: a snapshot, the floor, the janitor
 *   read_snapshot.c  the connection to the generation that serves, and its transaction
 *   row_statement.c  the prepared SELECTs
 */
#pragma once

#include "base/id.h"
#include "read_model/definition/models.h"
#include "read_model/query/read_side.h"
#include "read_model/query/row_statement.h"
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

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

/* The newest position of a model that this process has returned, and in which log: no reader returns an
 * older one. Shared by all threads. When a model follows another log, its floor starts again. */
struct reader_floor {
    _Atomic int64_t position; /* written under the lock */
    atomic_bool raised;       /* something was returned */
    pthread_mutex_t lock;
    char log_id[ID_UUID_BYTES]; /* "" until a log was seen; under the lock */
};

/* The position; 0 if nothing of the model was returned. */
static inline int64_t reader_floor_position(struct reader_floor *floor)
{
    return atomic_load_explicit(&floor->position, memory_order_acquire);
}

struct read_side {
    char *data_directory;
    const struct models *models;
    int64_t time_limit_ms;
    struct read_names tables, queries;
    struct reader_floor *floors;      /* by model */
    struct metric_series **positions; /* by model */
    struct metric_series *row_reads, *list_reads, *query_reads;

    pthread_key_t reader_of_thread;
    pthread_mutex_t lock;
    struct {
        struct reader *first, *last;
    } readers; /* under the lock */

    pthread_t janitor;
    pthread_cond_t janitor_wakes; /* with the lock */
    atomic_bool janitor_watches;  /* false: it sleeps until woken */
    bool janitor_stops;           /* under the lock */
};

/* One thread's view of one read model: a connection to the generation that serves and, while
 * `open`, a read transaction on it, in which everything is at one position.
 *
 * The definition that the file was built from, which is stored in it, determines which tables and
 * queries there are, so that a program older or newer than the file can read it. Only if that
 * definition equals the program's except for its queries (the hashes are equal), the program's text
 * is used: a changed query needs no rebuild.
 *
 * The lock of the reader that has it protects it. */
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

/* A thread's snapshots, a row per model, made at its first turn and closed when the thread ends. The
 * lock is contended only by the janitor. */
struct reader {
    struct read_side *side;
    pthread_mutex_t lock;
    struct read_snapshot *snapshots; /* by model */
    struct reader *next, *previous;
};

/* Between reader_begin() and reader_end() a thread has a snapshot for its exclusive use. It is a few
 * milliseconds old at most, and not older than what any thread had returned before the turn began. */
struct reader_turn {
    struct reader *reader;
    struct read_snapshot *snapshot;
};

/* What a name leads to: a turn at its model and, in the definition in force there, the table or the
 * query. Valid until the turn ends. */
struct read_target {
    struct reader_turn turn;
    const struct model_table *table;
    const struct model_query *query;
    struct row_statement **row; /* its statement; *row is NULL until it is used */
};

/* read_side.c */

/* Empties the answer and sets the position that it is read at. */
void read_side_clear_answer(struct read_answer *answer, const struct read_snapshot *snapshot);

/* read_find.c */

void read_find_init_tables(struct read_names *names, const struct models *models);
void read_find_init_queries(struct read_names *names, const struct models *models);
void read_find_finish(struct read_names *names);

/* Finds a model, and the definition in force, by the name of a table or query. The program's own names
 * lead there at once; a name of another definition, which serves until or since a model was rebuilt, is
 * searched for in all models.
 *
 * Sets answer->model in any case, to NULL if no model has the name; the rest of the answer is empty.
 * On success begins a turn at the model. ERR_NOT_FOUND with a suggestion; ERR_NOT_READY if the model
 * has no file, or one that does not have the name yet. */
MUST_CHECK enum err read_find_table(struct read_side *side, const char *name,
                                    struct read_answer *answer, struct read_target *ret,
                                    struct error *error);
MUST_CHECK enum err read_find_query(struct read_side *side, const char *name,
                                    struct read_answer *answer, struct read_target *ret,
                                    struct error *error);
/* Ends the turn. */
void read_find_end(struct read_target *target);
AUTO_FINISH(read_target, struct read_target, read_find_end)

/* reader.c */

/* How long a snapshot is used before a newer one is taken. */
#define READER_SNAPSHOT_MS 3

/* Begins a turn at a model. `newest`: the snapshot has everything that is committed by now. ERR_NOT_READY
 * if the model has no file, or only one that is older than data already returned. */
MUST_CHECK enum err reader_begin(struct read_side *side, size_t model, bool newest,
                                 struct reader_turn *ret_turn, struct error *error);
void reader_end(struct reader_turn *turn);
AUTO_FINISH(reader_turn, struct reader_turn, reader_end)

/* Closes the readers of all threads. No thread may be reading. */
void reader_close_all(struct read_side *side);

/* For pthread_key_create: closes the reader of a thread that ends. */
void reader_close(void *reader);

void reader_floor_init(struct reader_floor *floor);
void reader_floor_finish(struct reader_floor *floor);

void reader_start_janitor(struct read_side *side);
void reader_stop_janitor(struct read_side *side);

/* read_snapshot.c */

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
