/* Many clients at once that each send a request again and again, from several
 * loopback addresses, and read the answers or leave them unread. They move in crowd_step() only. */
#pragma once

#include "base/text.h"

struct crowd_kind {
    void (*write_head)(int client, struct text *out); /* everything before the body */
    const struct text *body;                          /* of all of them; NULL: none */
    bool reads;                                       /* takes its answers */
};

struct crowd_options {
    const char *address;            /* the server's */
    int clients, addresses;         /* of the clients: 127.0.1.1 and on, in turn */
    const struct crowd_kind *kinds; /* of the clients, in turn */
    int kind_count;
};

struct crowd;
struct crowd *crowd_open(const struct crowd_options *options);
void crowd_close(struct crowd *crowd);
AUTO_CLOSE(crowd, struct crowd, crowd_close)

/* Sends and reads for at most `ms`. A client whose connection was closed connects again. */
void crowd_step(struct crowd *crowd, int ms);

/* Clients that have sent a whole request, or were answered or closed before. */
int crowd_done(const struct crowd *crowd);
