/* Keeps the commands of one stream in order while many streams are under way: a command may go only
 * when the one before it in its stream is done. */
#pragma once

#include "cli/send_command.h"

struct send_sequence {
    void *streams; /* a tree (tsearch) of the streams with a command under way */
    size_t waiting;
};

/* True: send it now. False: taken, it comes out of send_sequence_done() when it is its turn. */
bool send_sequence_may_go(struct send_sequence *sequence, struct send_command *take_command);

/* The command is done: the next one of its stream, which may go now, or NULL. */
struct send_command *send_sequence_done(struct send_sequence *sequence,
                                        const struct send_command *command);
