/* The command desk: one thread, the only writer of the log. A map of the module, in the order in which a
 * command passes through it:
 *
 *   HTTP threads    command_request.h  parse and validate, then submit a request
 *   any thread      desk_queue.h       requests wait in order, bounded in number and bytes
 *   the desk's      command_desk.c     takes all that wait, at most 256, as a batch
 *                   desk_batch.c       one write set: prefetch, decide each request in memory, store
 *                   desk_prefetch.c      reads at once what the batch needs: states, versions, keys
 *                   desk_command.c       a command: idempotency key, state, expected version, decide
 *                   desk_external.c      external events: those that the log does not have yet
 *                   command_request.c    the meta of events; the answer
 *                   command_desk.c     calls each request's `done`, then the observers
 *
 *   aggregate.h     what a domain brings: decide, evolve, the table of commands
 *   event_data.h    for domains: members of an event's data
 *   state_cache.h   the states of aggregates in memory;  state_fold.h folds them from events
 *   desk_watch.h    what operators see of the desk
 *   desk_work.h     what the desk's thread works with; declares the steps above
 *
 * Answered means durable: a batch is stored as one write set with one sync, and `done` is called after
 * it is stored.
 */
#pragma once

#include "base/cleanup.h"
#include "schema/catalogue/catalogue.h"
#include "schema/checkpoint.h"
#include "write_model/command_request.h"

struct command_desk;
struct log_damage;

struct command_desk_options {
    const char *log_url;
    const struct catalogue *catalogue;
    size_t queue_commands;     /* most that may wait; 0: 4096 */
    size_t queue_bytes;        /* most bytes of bodies that may wait; 0: 32 MiB */
    int64_t snapshot_every;    /* events of a stream; 0: 100 */
    int64_t key_lifetime_us;   /* of idempotency keys; 0: 24 hours */
    size_t cache_bytes;        /* of aggregates' states; 0: 16 MiB */
    struct log_damage *damage; /* borrowed; NULL: the desk has its own */
};

/* Opens the log for writing and starts the thread. ERR_LOCKED names the process that holds it. */
MUST_CHECK enum err command_desk_open(const struct command_desk_options *options,
                                      struct command_desk **ret_desk, struct error *error);

/* Rejects new requests, answers those that wait, stores the last cursors, ends the thread, closes
 * the log. */
void command_desk_close(struct command_desk *desk);
AUTO_CLOSE(command_desk, struct command_desk, command_desk_close)

/* Queues a request and returns at once. The request must stay until `done`. After an error
 * (ERR_QUEUE_FULL, ERR_STOPPING, ERR_CORRUPT, ERR_REPLACED) it was not queued and `done` is not
 * called. Any thread. */
MUST_CHECK enum err command_desk_submit(struct command_desk *desk, struct command_request *request,
                                        struct error *error);

/* Queues several requests in their order: all or none. */
MUST_CHECK enum err command_desk_submit_all(struct command_desk *desk,
                                            struct command_request *const *requests, size_t count,
                                            struct error *error);

/* Stores the cursor of the relay `name` with the next write set, or with a separate one if no request
 * waits. A cursor that could not be stored is in the next write set too, and may be lost when the process
 * ends; a later cursor of the name replaces it. Returns at once. Any thread. */
void command_desk_save_cursor(struct command_desk *desk, const char *name,
                              const struct checkpoint *at);

/* Calls `appended` from the desk's thread after each write set that added events, once they are
 * durable. It must return at once. At most 8. */
typedef void appended_fn(void *context, int64_t head);
void command_desk_on_append(struct command_desk *desk, appended_fn *appended, void *context);

/* After this returns, no callback registered with `context` runs. A request may be answered before
 * the callbacks of its write set run: forget a context before its memory is freed. */
void command_desk_forget(struct command_desk *desk, const void *context);

/* Position of the newest stored event. Any thread. */
int64_t command_desk_head(const struct command_desk *desk);

/* Commands waiting, for readiness and metrics. Any thread. */
size_t command_desk_waiting(const struct command_desk *desk);

/* True once the outcome of a write set is unknown: the process must end and be started again. */
bool command_desk_failed(const struct command_desk *desk);

/* OK, or the damage of the log that was reported (log_damage.h): then every command is rejected, and
 * the process must end. Any thread. */
enum err command_desk_damage(const struct command_desk *desk, struct error *error);

/* OK, or why commands are not stored at present: damage, an unknown outcome, a log whose file was
 * removed or replaced, a last write set that was not stored. Any thread. */
enum err command_desk_ready(const struct command_desk *desk, struct error *error);

/* Reports damage of the log, found by the thread `who`. Any thread. */
void command_desk_report_damage(const struct command_desk *desk, const char *who,
                                const struct error *error);

/* How far the wall clock is behind the newest event; 0 if by less than a minute. Any thread. */
int64_t command_desk_clock_behind_us(const struct command_desk *desk);
