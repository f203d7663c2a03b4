/* The answer to a command as HTTP: its status and its JSON body, a result or a problem (RFC 9457).
 * desk_call.c sends it alone, command_batch_item.c as a part of the answer to a batch. */
#pragma once

#include "write_model/command_desk.h"

int answer_body_status(const struct command_answer *answer);

/* Adds the body. */
void answer_body_write(const struct command_answer *answer, struct text *out);
