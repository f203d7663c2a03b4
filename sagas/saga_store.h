/* sagas.db: the state of every saga. One process has it open for writing and holds its lock.
 *
 * Everything that one input changes (state, messages to send, timer, history, checkpoint) is one
 * transaction. Belongs to one thread.
 */
#pragma once

#include "sagas/outbox.h"
#include "sagas/saga_row.h"
#include "schema/checkpoint.h"

#define SAGA_STORE_FILE "sagas.db" /* in the data directory */

struct saga_store;

/* Takes the lock and creates the file if it does not exist. ERR_LOCKED names the holder. */
MUST_CHECK enum err saga_store_open(const char *data_directory, const char *who,
                                    struct saga_store **ret_store, struct error *error);
void saga_store_close(struct saga_store *store);
AUTO_CLOSE(saga_store, struct saga_store, saga_store_close)

/* True until saga_store_begin_at() has set where in the log it begins. */
bool saga_store_is_new(const struct saga_store *store);
MUST_CHECK enum err saga_store_begin_at(struct saga_store *store,
                                        const struct checkpoint *checkpoint, struct error *error);
/* A UUID, generated when the file is created. */
const char *saga_store_id(const struct saga_store *store);
/* SAGA_KEY_BYTES; see saga_key.h. */
const unsigned char *saga_store_key(const struct saga_store *store);
/* Its messages; valid as long as the store. */
struct outbox *saga_store_outbox(struct saga_store *store);
const struct checkpoint *saga_store_checkpoint(const struct saga_store *store);

/* ERR_REPLACED if DATA/sagas.db is no longer the file that was opened; ERR_IO if that is unknown. */
MUST_CHECK enum err saga_store_check_path(const struct saga_store *store, struct error *error);

/* ERR_REPLACED like saga_store_check_path(). */
MUST_CHECK enum err saga_store_begin(struct saga_store *store, struct error *error);
/* `checkpoint` NULL: it does not change. After an error no transaction is open. */
MUST_CHECK enum err saga_store_commit(struct saga_store *store, const struct checkpoint *checkpoint,
                                      struct error *error);
void saga_store_rollback(struct saga_store *store);

/* Size of sagas.db-wal, after the last commit. */
int64_t saga_store_wal_bytes(const struct saga_store *store);

/* Sagas by phase, committed or about to be. */
int64_t saga_store_count(const struct saga_store *store, enum saga_phase phase);

/* Called for each version of a table of steps that a saga which has not ended uses. */
typedef enum err saga_version_fn(void *context, const char *saga, int64_t version, int64_t count,
                                 const char *first_id, const char *last_id, struct error *error);
MUST_CHECK enum err saga_store_each_version(struct saga_store *store, saga_version_fn *each,
                                            void *context, struct error *error);

/* The functions below run inside a transaction. If *ret_found is false, the row is unchanged. */

/* Adds a saga; later changes of the row are saved with saga_store_save(). */
MUST_CHECK enum err saga_store_add(struct saga_store *store, struct saga_row *row, int64_t now_us,
                                   bool *ret_added, struct error *error);
MUST_CHECK enum err saga_store_find(struct saga_store *store, const char *saga, const char *id,
                                    struct saga_row *ret_row, bool *ret_found, struct error *error);
MUST_CHECK enum err saga_store_read(struct saga_store *store, int64_t number,
                                    struct saga_row *ret_row, bool *ret_found, struct error *error);
/* With its notes, which are cleared. */
MUST_CHECK enum err saga_store_save(struct saga_store *store, struct saga_row *row, int64_t now_us,
                                    struct error *error);
/* A saga whose facts have changed since it decided; 0: none. */
MUST_CHECK enum err saga_store_due(struct saga_store *store, int64_t *ret_number,
                                   struct error *error);

/* The timer that is due first; *ret_saga 0: no timer is set. */
MUST_CHECK enum err saga_store_next_timer(struct saga_store *store, int64_t *ret_saga,
                                          int64_t *ret_due_us, struct error *error);
/* The clock was set: moves all timers and the times at which messages were sent. */
MUST_CHECK enum err saga_store_shift_timers(struct saga_store *store, int64_t by_us,
                                            struct error *error);

/* Removes the history of at most `most` sagas that ended, and took no input since, before `before_us`.
 * `*ret_next_us`: the time of the next one; INT64_MAX: none. The sagas stay. */
MUST_CHECK enum err saga_store_forget(struct saga_store *store, int64_t before_us, int most,
                                      int64_t *ret_next_us, struct error *error);
