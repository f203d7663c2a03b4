/* One request of the dispatcher and what travels in it: a question, or many commands, or many
 * events. */
#pragma once

#include "http/http_calls.h"
#include "sagas/dispatch_list.h"

struct dispatch_call {
    enum dispatch_kind kind;
    struct dispatch_list items; /* in order */
    size_t count;
    struct text body;
};

struct dispatch_call *dispatch_call_create(enum dispatch_kind kind);
/* With what is still in it. */
void dispatch_call_destroy(struct dispatch_call *call);

/* True if one more finds room in it. An empty one has room for anything. */
bool dispatch_call_has_room(const struct dispatch_call *call, const struct dispatch_item *item);
void dispatch_call_add(struct dispatch_call *call, struct dispatch_item *take_item);

/* Sends it; what comes back comes with the call as its context. */
void dispatch_call_start(struct dispatch_call *call, const char *base_url, const char *socket_path,
                         struct http_calls *calls);
