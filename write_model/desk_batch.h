/* A batch: commands that share a write set and its fsync. */
#pragma once

#include "write_model/desk_work.h"

enum desk_outcome {
    DESK_COMMITTED,
    DESK_NOTHING_STORED, /* all of them are answered so */
    DESK_UNKNOWN,        /* nobody knows; the desk must stop */
};

/* Decides the commands in order in memory, stores what they change as one write set, and fills an
 * answer for each, to be sent when this returns. */
enum desk_outcome desk_batch_run(struct desk_work *work, struct command_request *const *requests,
                                 struct command_answer *answers, size_t count);
