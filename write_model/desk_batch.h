/* A batch: commands that share a transaction and its fsync. */
#pragma once

#include "write_model/desk_work.h"

#define DESK_BATCH_MOST 256

enum desk_outcome {
    DESK_COMMITTED,
    DESK_NOTHING_STORED, /* all of them are answered so */
    DESK_UNKNOWN,        /* nobody knows; the desk must stop */
};

/* Runs the commands in order in one transaction and fills an answer for each, to be sent when this
 * returns. Never leaves a transaction open. */
enum desk_outcome desk_batch_run(struct desk_work *work, struct command_request *const *requests,
                                 struct command_answer *answers, size_t count);
