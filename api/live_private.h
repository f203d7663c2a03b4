/* What the files of live answers share. Nobody else includes it. All is guarded by the mutex, but a
 * topic's question, which does not change, and what is marked as the thread's. */
#pragma once

#include "api/event_stream.h"
#include "api/live.h"

#include <pthread.h>
#include <stdatomic.h>

/* "id: 42\ndata: {…}\n\n", shared by those it is still to be sent to. */
struct live_message {
    atomic_size_t holders;
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
    bool wants_first;             /* it has been given nothing yet */
};

/* A question and those who listen. Freed by the thread, when nobody does. */
struct live_topic {
    struct live_topic *next;
    struct arena arena; /* of the question's copies */
    struct live_question question;
    struct text body;      /* the answer as it is now */
    int64_t position;      /* up to which that holds; -1: not read yet */
    bool wanted;           /* somebody waits for its first answer */
    bool ended;            /* there is no such answer any more */
    int64_t not_before_ms; /* the thread's: when it may be evaluated again */
    struct live_listener *listeners;
};

struct live {
    struct read_side *side;
    struct listener_places *places;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct live_topic *topics;
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

/* The topic's answer is this one at this position: sent to all if it is another than before. */
void live_topic_take(struct live_topic *topic, int64_t position, struct slice body);

/* Gives the topic's answer as it is to all its listeners, or only to those without a first one. */
void live_topic_send(struct live_topic *topic, bool only_new);

/* What was asked is not to be had any more: its listeners' streams end, and they are told why when
 * they come back. */
void live_topic_end(struct live_topic *topic);

void live_topic_free(struct live_topic *topic);

void live_message_release(struct live_message *message);
