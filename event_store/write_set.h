/* A write set: what the writer wants stored, all of it or nothing. It is built in memory.
 *
 * The set numbers, times and hashes the events, so that the same history gives the same hashes in
 * every engine. Texts are copied into the set. Pointers and indexes into its lists are valid until
 * the next add, texts until the next begin. It belongs to one thread.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "event_store/command_answer.h"
#include "schema/checkpoint.h"

struct write_set_stream {
    struct slice name;
    int64_t version_before; /* 0: the set begins the stream */
    int64_t version;        /* with the events of the set */
};

struct write_set_event {
    struct event event; /* complete */
    size_t stream;      /* its index */
};

/* An external event: the source and id by which it is found. */
struct write_set_external {
    struct slice source, id;
    size_t event; /* its index */
};

/* The answer to a request with an idempotency key. */
struct stored_answer {
    struct slice key;
    const unsigned char *fingerprint; /* SHA256_BYTES: of the request */
    int64_t expires_us;               /* by the key clock */
    struct command_answer answer;
};

/* How far a relay has come. A name's cursor replaces the one before. */
#define WRITE_SET_CURSOR_NAME_BYTES 32
struct stored_cursor {
    char name[WRITE_SET_CURSOR_NAME_BYTES]; /* "events" */
    struct checkpoint at;
};

/* The state of a stream of the set; replaces the one before. */
struct stored_snapshot {
    size_t stream; /* its index */
    int64_t version;
    int64_t format;         /* of the aggregate's state */
    struct slice catalogue; /* hash of the event schemas it was folded with */
    struct slice state;     /* JSON */
};

struct write_set {
    struct checkpoint expected; /* the log's head before it: position and hash */
    struct checkpoint head;     /* with the set stored */
    int64_t head_time_us;

    struct {
        struct write_set_stream *at;
        size_t count, capacity;
    } streams;
    struct {
        struct write_set_event *at;
        size_t count, capacity;
    } events;
    struct {
        struct write_set_external *at;
        size_t count, capacity;
    } externals;
    struct {
        struct stored_answer *at;
        size_t count, capacity;
    } answers;
    struct {
        struct stored_snapshot *at;
        size_t count, capacity;
    } snapshots;
    struct {
        struct stored_cursor *at;
        size_t count, capacity;
    } cursors;
    /* The most expired answers to remove; an answer expires by `key_now_us` of the key clock. */
    size_t clean_answers;
    int64_t key_now_us;

    struct hash_index stream_names, external_ids, keys;
    struct arena arena;
    struct sha256 *sha;
};

void write_set_init(struct write_set *set);
void write_set_finish(struct write_set *set);

/* Empties the set. `head` is the log's, whose newest event has the time `time_us`. */
void write_set_begin(struct write_set *set, const struct checkpoint *head, int64_t time_us);

bool write_set_is_empty(const struct write_set *set);

/* The time that an event added now is given: `now_us`, but never before the newest event. */
int64_t write_set_time_us(const struct write_set *set, int64_t now_us);

/* NULL if no event of the set is of that stream. */
const struct write_set_stream *write_set_find_stream(const struct write_set *set,
                                                     struct slice stream);

/* Adds an event at the end: type, id, data and meta are read from `event`. `version_before` is the
 * version of its stream in the log, read if the set has no event of that stream yet. Returns the
 * event with everything set. */
const struct event *write_set_add_event(struct write_set *set, struct slice stream,
                                        int64_t version_before, int64_t now_us,
                                        const struct event *event);

/* Gives the event added last this source and id. */
void write_set_add_external(struct write_set *set, struct slice source, struct slice id);

/* The event of the set with this source and id, or NULL. */
const struct event *write_set_find_external(const struct write_set *set, struct slice source,
                                            struct slice id);

void write_set_add_answer(struct write_set *set, const struct stored_answer *answer);
const struct stored_answer *write_set_find_answer(const struct write_set *set, struct slice key);

/* `stream` has events in the set; this sets the index in `snapshot`. */
void write_set_add_snapshot(struct write_set *set, struct slice stream,
                            const struct stored_snapshot *snapshot);

/* At most one cursor of each name. */
void write_set_add_cursor(struct write_set *set, const struct stored_cursor *cursor);

/* The content of the set at a moment: events, their streams and their external ids. */
struct write_set_mark {
    struct checkpoint head;
    int64_t head_time_us;
    size_t streams, events, externals;
};
struct write_set_mark write_set_mark(const struct write_set *set);

/* Removes the events added since the mark, and their source and id. */
void write_set_cut(struct write_set *set, const struct write_set_mark *mark);
