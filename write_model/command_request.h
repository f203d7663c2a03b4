/* A request to the command desk: one command, or external events of one stream. */
#pragma once

#include "base/sha256.h"
#include "event_store/command_answer.h"
#include "schema/external_event.h"
#include "write_model/aggregate.h"

/* The version that a stream must be at for the request to be accepted: one of these, or exactly that
 * version. */
#define EXPECT_ANY       (-1)      /* any, also if the stream does not exist */
#define EXPECT_NO_STREAM 0         /* the stream must not exist */
#define EXPECT_STREAM    (-2)      /* the stream must exist */
#define EXPECT_NEVER     INT64_MAX /* no stream is at this version */

struct command_request {
    struct slice stream; /* command_request_set_stream() */
    const char *id;      /* of the aggregate: the end of the stream's name */
    /* Texts are borrowed until `done`. */
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

    /* For the meta of the events. */
    const char *correlation_id; /* always set; visible ASCII without " and \ */
    const char *causation_id;   /* of the command: Causation-Id header or made */
    const char *traceparent;    /* "" if none */

    size_t bytes; /* of the body, for the queue's bound */

    struct arena *arena; /* several requests may share one */
    /* Called once, from the desk's thread. What the answer borrows is in `arena`, which only the desk's
     * thread uses until then. */
    void (*done)(struct command_request *request, const struct command_answer *answer);
    void *context;

    /* The desk's. */
    struct command_request *next, *previous;
    int64_t arrived_us;
};

/* Sets the stream category/id; the name is copied to request->arena. */
void command_request_set_stream(struct command_request *request, const char *category,
                                const char *id);

/* ---- for the desk ---- */

/* ERR_WRONG_VERSION if a stream at `version` (0: it does not exist) is not at the version that the request
 * expects. */
MUST_CHECK enum err command_request_check_version(const struct command_request *request,
                                                  struct slice stream, int64_t version,
                                                  struct error *error);

/* Adds the meta of an event: `own`, a JSON object, and those of correlationid, causationid and
 * traceparent that it does not have. */
void command_request_write_meta(const struct command_request *request, struct slice own,
                                struct text *out);

/* Each of these replaces what `answer` held. */

/* `accepted` borrows its texts and events; this sets the rest of it. */
void command_request_accept(const struct command_request *request,
                            const struct command_answer *accepted, struct command_answer *answer);

/* `first` is the answer stored under the request's key. */
void command_request_replay(const struct command_request *request,
                            const struct command_answer *first, struct command_answer *answer);

/* `version` is the stream's, 0 if it is not known; `position` the head's. */
void command_request_refuse(const struct command_request *request, const struct error *error,
                            int64_t version, int64_t position, struct command_answer *answer);
