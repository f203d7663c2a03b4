/* Live answers: rows and named queries whose listeners are sent the answer again whenever it
 * changes, as server-sent events (WHATWG).
 *
 * One thread looks at the models and evaluates each question once for all its listeners, at most
 * ten times a second, and one that is slow so seldom that it takes a tenth of the time. A listener
 * is suspended while there is nothing for it, and its memory does not depend on the answer's size.
 * To one that is slow only the newest answer is kept: it skips what came between, and is closed by
 * the server's time-outs if it takes nothing at all.
 *
 * An answer is bounded, and so are all together that are being sent. Of what nobody waits for only
 * a hash is kept, unless it is small. Where there is no room for one more, listeners that have
 * taken nothing for 2 s are closed, and the answer is sent when there is room again.
 */
#pragma once

#include "http/http_request.h"
#include "http/waiting.h"
#include "read_model/query/read_side.h"

struct live;

#define LIVE_PERIOD_MS 100

/* What is asked: a table and its key (the values), or a named query and its parameters. */
struct live_question {
    struct slice whole; /* all of it as a text: equal ones are one question */
    const struct model *model;
    const char *name;
    bool is_query;
    const struct read_parameter *parameters;
    size_t count;
};

/* `thread` is the name of its thread. The slots are borrowed; several may share them. An answer
 * may have `answer_most_bytes`, and LIVE_SENDING_MOST times as many may be on their way. */
#define LIVE_SENDING_MOST 32
struct live *live_open(const char *thread, struct read_side *side, struct waiting_slots *slots,
                       size_t answer_most_bytes);
/* All listeners have been finished. */
void live_close(struct live *live);

/* The position of the answer that is known to this already, for somebody listens to it: then the
 * caller need not read its first answer. -1: not known. */
int64_t live_known_position(struct live *live, struct slice whole);

/* Answers the request with the stream of this question. `answer` is the first (a missing row is
 * null), NULL to leave reading it to the thread. Takes the request's state, finish and answer.more.
 * ERR_STOPPING, ERR_QUEUE_FULL if no place is left, ERR_RESULT_TOO_LARGE. */
MUST_CHECK enum err live_listen(struct live *live, struct http_request *request,
                                const struct live_question *question,
                                const struct read_answer *answer, struct slice body,
                                struct error *error);
