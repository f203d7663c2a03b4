/* The command desk: one thread, the only writer of the log.
 *
 * HTTP threads parse and validate, then submit; the desk takes all that wait, decides and appends
 * them in one transaction (one fsync), and calls each request's `done` from its own thread.
 * Answered means durable: `done` comes after the COMMIT.
 */
#pragma once

#include "base/error.h"
#include "schema/catalogue/catalogue.h"
#include "schema/cloudevent.h"
#include "write_model/aggregate.h"
#include "write_model/expected_version.h"

struct command_desk;
struct log_damage;

/* The answer, ready to be sent; what a repeat with the same key gets again. */
struct command_answer {
    int status;   /* HTTP: 201, 200, or a problem's */
    enum err err; /* OK, or why not */
    char *body;   /* JSON: the result, or a problem (RFC 9457) */
    size_t body_length;
    int64_t version;  /* the stream's afterwards; 0 if it has none; for 412 the current one */
    int64_t position; /* of the newest event this stored; if it stored none, the log's head */
    bool replayed;    /* it was stored before, under this Idempotency-Key or event id */
    char correlation_id[129]; /* the first answer's, when replayed */
};

struct command_request {
    /* What it is about. Texts are borrowed until `done`. */
    const char *category, *id;
    const struct aggregate *aggregate; /* NULL when foreign events are appended */
    const struct command_kind *kind;
    json_t *data;                        /* owned by the caller until `done` */
    const struct foreign_event *foreign; /* to append as they are, when there is no aggregate */
    size_t foreign_count;

    int64_t expected_version; /* EXPECT_… or a version */
    /* Idempotency: the key and a SHA-256 over method, path and body; "" without a key. */
    const char *idempotency_key;
    unsigned char fingerprint[SHA256_BYTES];

    const char *correlation_id; /* always set; visible ASCII without " and \ */
    const char *causation_id;   /* of the command: Causation-Id header or made */
    const char *traceparent;    /* "" if none */

    size_t bytes; /* of the body, for the queue's bound */

    /* Called once, from the desk's thread; takes the answer over (answer->body is freed by it). */
    void (*done)(struct command_request *request, struct command_answer *take_answer);
    void *context;

    /* The desk's. */
    struct command_request *next;
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
    struct log_damage *damage; /* borrowed; NULL: the desk's own */
};

/* Opens the log for writing and starts the thread. ERR_LOCKED names who holds the log. */
MUST_CHECK enum err command_desk_open(const struct command_desk_options *options,
                                      struct command_desk **ret_desk, struct error *error);

/* Stops taking requests, answers those that wait, ends the thread, closes the log. */
void command_desk_close(struct command_desk *desk);
AUTO_CLOSE(command_desk, struct command_desk, command_desk_close)

/* Queues a request and returns at once. ERR_QUEUE_FULL or ERR_STOPPING: it was not taken, `done`
 * will not be called. The request must stay until `done`. Any thread. */
MUST_CHECK enum err command_desk_submit(struct command_desk *desk, struct command_request *request,
                                        struct error *error);

/* The same with several at once, which stay in their order: all are taken, or none. */
MUST_CHECK enum err command_desk_submit_all(struct command_desk *desk,
                                            struct command_request *const *requests, size_t count,
                                            struct error *error);

/* Whoever wants to know that the log has grown: called from the desk's thread after each COMMIT
 * that added events; must return at once. At most 8. */
typedef void appended_fn(void *context, int64_t head);
void command_desk_on_append(struct command_desk *desk, appended_fn *appended, void *context);

/* Whoever was registered with this context is not called any more once this has returned. An answer
 * comes before the call: whoever is registered must be forgotten before its memory goes. */
void command_desk_forget(struct command_desk *desk, const void *context);

/* Position of the newest committed event, and the log's id. Any thread. */
int64_t command_desk_head(const struct command_desk *desk);
const char *command_desk_log_id(const struct command_desk *desk);

/* Commands waiting, for readiness and metrics. Any thread. */
size_t command_desk_waiting(const struct command_desk *desk);

/* Why commands were not stored lately, for readiness; OK if they are. Any thread. */
enum err command_desk_trouble(const struct command_desk *desk);

/* True once a COMMIT's outcome could not be told: the process must stop (and be started again). */
bool command_desk_failed(const struct command_desk *desk);

/* Damage of the log that somebody reported: ERR_CORRUPT, else OK. From then on every command is
 * refused with ERR_CORRUPT, and the process must stop. Any thread. */
enum err command_desk_damage(const struct command_desk *desk, struct error *error);

/* OK, or why commands are not stored at present: damage, a COMMIT of unknown outcome, the log's
 * file being gone from its path, or what desk_trouble.h knows. Any thread. */
enum err command_desk_ready(const struct command_desk *desk, struct error *error);
void command_desk_report_damage(const struct command_desk *desk, const char *who,
                                const struct error *error);

/* How far the wall clock is behind the newest event; 0 if by less than a minute. Any thread. */
int64_t command_desk_clock_behind_us(const struct command_desk *desk);
