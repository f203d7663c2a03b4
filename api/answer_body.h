/* The answer to a command as HTTP: its status and its JSON body, a result or a problem (RFC 9457).
 * Sent alone by desk_call.c, among others in a batch by command_batch_item.c. */
#pragma once

#include "write_model/command_desk.h"

int answer_body_status(const struct command_answer *answer);

/* Adds the body. */
void answer_body_write(const struct command_answer *answer, struct text *out);
