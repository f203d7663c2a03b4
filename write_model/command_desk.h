/* The command desk: one thread, the only writer of the log. A map of the module:
 *
 *   command_desk.h   this interface: submit requests, be called when the log has grown
 *   aggregate.h      what a domain brings: decide, evolve, the table of commands
 *   event_data.h     for domains: members of an event's data
 *   desk_work.h      the steps of a batch, from the queue to the write set
 *   desk_watch.h     what operators see of the desk
 *   state_cache.h    the states of aggregates in memory;  state_fold.h: folding them
 *   event_meta.h     an event's meta;  expected_version.h: If-Match as a number
 *
 * HTTP threads parse and validate, then submit. The desk takes all requests that wait, decides them
 * in memory, stores the outcome as one write set (one sync), and calls each request's `done` from
 * its own thread. Answered means durable: `done` comes after the write set is stored.
 */
#pragma once

#include "base/error.h"
#include "event_store/command_answer.h"
#include "schema/catalogue/catalogue.h"
#include "schema/checkpoint.h"
#include "schema/cloudevent.h"
#include "write_model/aggregate.h"
#include "write_model/expected_version.h"

struct command_desk;
struct log_damage;

struct command_request {
    /* The stream. Texts are borrowed until `done`. */
    const char *category, *id;
    /* A command … */
    const struct aggregate *aggregate; /* NULL: external events are appended */
    const struct command_kind *kind;
    json_t *data; /* owned by the caller until `done` */
    /* … or external events, appended as they are. */
    const struct external_event *externals;
    size_t external_count;

    int64_t expected_version; /* EXPECT_… or a version */
    /* Idempotency: the key and a SHA-256 over method, path and body; "" without a key. */
    const char *idempotency_key;
    unsigned char fingerprint[SHA256_BYTES];

    const char *correlation_id; /* always set; visible ASCII without " and \ */
    const char *causation_id;   /* of the command: Causation-Id header or made */
    const char *traceparent;    /* "" if none */

    size_t bytes; /* of the body, for the queue's bound */

    /* Called once, from the desk's thread. Takes the answer: command_answer_finish() is its duty. */
    void (*done)(struct command_request *request, struct command_answer *take_answer);
    void *context;

    /* The desk's. */
    struct command_request *next, *previous;
    int64_t arrived_us;
};

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

/* The same with several requests, which stay in their order: all are queued, or none. */
MUST_CHECK enum err command_desk_submit_all(struct command_desk *desk,
                                            struct command_request *const *requests, size_t count,
                                            struct error *error);

/* Stores how far the relay `name` has come: with the next write set, or with one of its own if no
 * request waits. A cursor that is not stored is tried again with the next write set, and may be lost
 * when the process ends; a later cursor of the name replaces it. Returns at once. Any thread. */
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

/* Why the last write set was not stored, for readiness (desk_watch.h). Any thread. */
enum err command_desk_trouble(const struct command_desk *desk);

/* True once the outcome of a write set is unknown: the process must end (and be started again). */
bool command_desk_failed(const struct command_desk *desk);

/* OK, or the damage of the log that was reported (log_damage.h): then every command is refused, and
 * the process must end. Any thread. */
enum err command_desk_damage(const struct command_desk *desk, struct error *error);

/* OK, or why commands are not stored at present: damage, an unknown outcome, a log whose file was
 * removed or replaced, command_desk_trouble(). Any thread. */
enum err command_desk_ready(const struct command_desk *desk, struct error *error);

/* For a thread `who` that finds the log damaged. Any thread. */
void command_desk_report_damage(const struct command_desk *desk, const char *who,
                                const struct error *error);

/* How far the wall clock is behind the newest event; 0 if by less than a minute. Any thread. */
int64_t command_desk_clock_behind_us(const struct command_desk *desk);
