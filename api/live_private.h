/* What the files of live answers share. Nobody else includes it. All is guarded by the mutex, but a
 * topic's question, which does not change, and what is marked as the thread's. */
#pragma once

#include "api/live.h"
#include "base/sha256.h"
#include "http/event_stream.h"

#include <pthread.h>
#include <stdatomic.h>

/* Kept though nobody waits for it, and not counted: topics are bounded by their listeners. */
#define LIVE_SMALL_BYTES ((size_t)8 * 1024)

/* "id: 42\ndata: {…}\n\n", shared by those it is still to be sent to. */
struct live_message {
    size_t holders, counted_bytes;
    struct text text;
};

struct live_listener {
    struct live_listener *next, *previous;
    struct live *live;
    struct live_topic *topic;
    struct event_stream stream;
    struct live_message *sending; /* what it is being given, up to `sent` */
    size_t sent;
    struct live_message *pending; /* the newest it has not been given */
    bool wants;                   /* it has not been given the answer as it is now */
    bool cut;                     /* it took nothing while others had no room */
};

/* A question and those who listen. Freed by the thread, when nobody does. */
struct live_topic {
    struct live_topic *next;
    struct arena arena; /* of the question's copies */
    struct live_question question;
    int64_t position;                 /* up to which the answer is known; -1: not read yet */
    unsigned char hash[SHA256_BYTES]; /* of the answer as it is now */
    struct live_message *kept;        /* that answer if it is small, else NULL */
    bool wanted;                      /* some listener wants it */
    bool ended;                       /* there is no such answer any more */
    int64_t not_before_ms;            /* the thread's: when it may be evaluated again */
    struct live_listener *listeners;
};

struct live {
    struct read_side *side;
    struct waiting_slots *slots;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct live_topic *topics;
    size_t answer_most_bytes, sending_bytes; /* sending: of messages that are not small */
    struct metric_series *cuts;              /* of listeners, for memory */
    struct sha256 *sha;
    bool ending;
    bool news;            /* somebody came */
    atomic_bool *watched; /* by model: it has topics, or had some a moment ago */
    int64_t *positions;   /* the thread's: by model, as last seen */
    bool unsettled;       /* the thread's: some topic is not at its model's position */
};

/* The index of a topic's model in the arrays above. */
size_t live_topic_model(const struct live *live, const struct live_topic *topic);

/* The thread's work; `live_` is a struct live. */
void *live_thread_run(void *live_);

/* The topic's answer is this one at this position: sent to all if it is another than before, else
 * to those that want it. If there is no room, topic->wanted stays. */
void live_topic_take(struct live *live, struct live_topic *topic, int64_t position,
                     struct slice body);

/* Gives the answer that is kept to those that want it. */
void live_topic_send_kept(struct live *live, struct live_topic *topic);

/* What was asked is not to be had any more: its listeners' streams end, and they are told why when
 * they come back. */
void live_topic_end(struct live_topic *topic);

void live_topic_free(struct live *live, struct live_topic *topic);

void live_message_release(struct live *live, struct live_message *message);
