/* Keeps the commands of one stream in order while many streams are under way: a command may go only
 * when the one before it in its stream is done. */
#pragma once

#include "cli/send_command.h"

struct send_order {
    void *streams; /* a tree (tsearch) of the streams with a command under way */
    size_t waiting;
};

/* True: send it now. False: taken, it comes out of send_order_done() when it is its turn. */
bool send_order_may_go(struct send_order *order, struct send_command *take_command);

/* The command is done: the next one of its stream, which may go now, or NULL. */
struct send_command *send_order_done(struct send_order *order, const struct send_command *command);
