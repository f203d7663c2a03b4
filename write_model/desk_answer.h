/* What the desk answers: results and problems, as JSON. */
#pragma once

#include "event_store/write_set.h"
#include "write_model/command_desk.h"

/* The stream is at `version` now. `events` are those the answer lists; `began`: with the first of
 * them the stream began. */
void desk_answer_accept(struct command_answer *answer, struct slice stream, int64_t version,
                        int64_t position, bool began, const struct write_set_event *events,
                        size_t count);

/* The first answer to a key again. */
void desk_answer_restore(struct command_answer *answer, const struct stored_answer *stored);

/* A problem, instead of what the answer held before; `version` is the stream's, as far as known
 * (0), `position` the head's. */
void desk_answer_refuse(struct command_answer *answer, const struct command_request *request,
                        const struct error *error, int64_t version, int64_t position);
