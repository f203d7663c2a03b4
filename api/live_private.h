/* What the files of live answers share. The mutex guards everything except a topic's question, which
 * does not change, and members marked as the thread's. */
#pragma once

#include "api/live.h"
#include "base/sha256.h"
#include "http/event_stream.h"

#include <pthread.h>
#include <stdatomic.h>

/* An answer of this size is kept even if no listener waits for it, and is not counted: the listeners
 * bound the number of topics. */
#define LIVE_SMALL_BYTES ((size_t)8 * 1024)

/* "id: 42\ndata: {…}\n\n", shared by the listeners that have not received it. */
struct live_message {
    size_t holders, counted_bytes;
    struct text text;
};

struct live_listener {
    struct live_listener *next, *previous;
    struct live *live;
    struct live_topic *topic;
    struct event_stream stream;
    struct live_message *sending; /* partly sent, up to `sent` */
    size_t sent;
    struct live_message *pending; /* the newest one, of which it has received nothing */
    bool wants;                   /* it has not received the current answer */
    bool cut;                     /* it received nothing while others needed memory */
};

/* A question and its listeners. The thread frees it when no listener is left. */
struct live_topic {
    struct live_topic *next, *previous;
    struct arena arena; /* of the question's copies */
    struct live_question question;
    int64_t position;                 /* of the answer; -1: not read yet */
    unsigned char hash[SHA256_BYTES]; /* of the current answer */
    struct live_message *kept;        /* that answer if it is small, else NULL */
    bool wanted;                      /* by some listener */
    bool ended;                       /* the answer no longer exists */
    int64_t not_before_ms;            /* the thread's: not evaluated before */
    struct {
        struct live_listener *first, *last;
    } listeners;
};

struct live {
    struct read_side *side;
    struct waiting_slots *slots;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct {
        struct live_topic *first, *last;
    } topics;
    size_t answer_most_bytes, sending_bytes; /* sending: messages that are not small */
    struct metric_series *cuts;              /* of listeners, for memory */
    struct sha256 *sha;
    bool ending;
    bool news;            /* a listener joined */
    atomic_bool *watched; /* by model: it has topics, or had some recently */
    int64_t *positions;   /* the thread's: by model, as last seen */
    bool unsettled;       /* the thread's: some topic is not at its model's position */
};

/* The index of a topic's model in the arrays above. */
size_t live_topic_model(const struct live *live, const struct live_topic *topic);

/* The thread's work; `live_` is a struct live. */
void *live_thread_run(void *live_);

/* Records the topic's answer at this position: sends it to all listeners if it has changed, else to
 * those that want it. If it does not fit in memory, topic->wanted stays true. */
void live_topic_take(struct live *live, struct live_topic *topic, int64_t position,
                     struct slice body);

/* Sends the kept answer to the listeners that want it. */
void live_topic_send_kept(struct live *live, struct live_topic *topic);

/* The answer is no longer available: ends the streams of its listeners, which get the reason when they
 * reconnect. */
void live_topic_end(struct live_topic *topic);

void live_topic_free(struct live *live, struct live_topic *topic);

void live_message_release(struct live *live, struct live_message *message);
