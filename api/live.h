/* Live answers: rows, lists and named queries whose listeners receive the answer again whenever it changes, as
 * server-sent events (WHATWG).
 *
 * One thread watches the models and evaluates each query once for all its listeners, at most ten times
 * a second; a slow query runs so seldom that it uses a tenth of the time. A listener is suspended while
 * it has the current answer, and its memory does not depend on the size of the answer. For a slow
 * listener only the newest answer is kept: it skips the ones in between. A listener that receives
 * nothing at all is closed by the server's time-outs.
 *
 * Each answer is bounded, and so are all answers that are being sent. When no listener waits for an
 * answer, only its hash is kept, unless the answer is small. When the bound is reached, listeners that
 * have received nothing for 2 s are closed, and the answer is sent when memory is free again.
 */
#pragma once

#include "http/http_request.h"
#include "http/waiting.h"
#include "read_model/query/read_side.h"

struct live;

#define LIVE_PERIOD_MS 100

enum live_kind { LIVE_ROW, LIVE_LIST, LIVE_QUERY };

/* A table and its key (the values of `parameters`), a table and the parameters of its list, or a named query
 * and its parameters. */
struct live_question {
    enum live_kind kind;
    struct slice whole;        /* all of it as text: equal texts are the same question */
    const struct model *model; /* whose progress changes the answer; known once it has been read */
    const char *name;
    const struct read_parameter *parameters;
    size_t count;
};

/* `thread` is the name of its thread. The slots are borrowed; several may share them. An answer
 * may have `answer_most_bytes`; all answers being sent may have LIVE_SENDING_MOST times as many. */
#define LIVE_SENDING_MOST 32
struct live *live_open(const char *thread, struct read_side *side, struct waiting_slots *slots,
                       size_t answer_most_bytes);
/* Every listener must have been finished. */
void live_close(struct live *live);

/* True if the answer is known, because another client listens to it: then the caller need not read the
 * first answer. Sets the answer's position and the question's model. */
bool live_find_known(struct live *live, struct live_question *question, int64_t *ret_position);

/* A row as read_row() reads it, or null if its table has no such row yet. ERR_NOT_FOUND if there is no
 * such table, or no row can ever have this key. */
MUST_CHECK enum err live_read_row(struct read_side *side, const char *table,
                                  const struct slice *key, size_t key_count,
                                  struct read_answer *answer, struct error *error);

/* Answers the request with the stream of this question. `answer` is the first (a missing row is
 * null), NULL to leave reading it to the thread. Takes the request's state, finish and answer.more.
 * ERR_STOPPING, ERR_QUEUE_FULL if no slot is free, ERR_RESULT_TOO_LARGE. */
MUST_CHECK enum err live_listen(struct live *live, struct http_request *request,
                                const struct live_question *question,
                                const struct read_answer *answer, struct slice body,
                                struct error *error);
