/* Appending events that somebody else made: POST /streams/{category}/{id}. */
#pragma once

#include "write_model/desk_work.h"

/* Adds those of the request's events whose source and id were never seen to the write set, and
 * answers with all of them, wherever they are. What was seen before is looked up before the
 * expected version is compared; if all were, it is the first answer again. */
MUST_CHECK enum err desk_foreign_append(struct desk_work *work,
                                        const struct command_request *request,
                                        const struct desk_found *found,
                                        struct command_answer *answer, struct error *error);
