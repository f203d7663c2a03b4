/* The live feed: the log as server-sent events, for any number of listeners.
 *
 * One thread reads what is new in the log once for all of them and keeps it, rendered, in a ring. A
 * listener at the ring takes from it what its filter lets through, and is suspended while there is
 * nothing; one behind it (it resumes from long ago, or reads slower than events come) has the log
 * read for itself, on the workers, a bounded piece at a time. One that is behind and takes nothing
 * is closed: it comes back with its id. Nothing is ever left out, sent twice or out of order on a
 * connection.
 */
#pragma once

#include "api/event_filter.h"
#include "api/log_readers.h"
#include "api/read_workers.h"
#include "http/http_request.h"
#include "http/waiting.h"
#include "write_model/command_desk.h"

struct event_feed;

/* All are borrowed. */
struct event_feed *event_feed_open(struct log_readers *readers, struct read_workers *workers,
                                   const struct command_desk *desk, struct waiting_slots *slots);
/* All listeners have been finished. */
void event_feed_close(struct event_feed *feed);

/* The log has grown. Any thread; never waits, and costs next to nothing while nobody listens. */
void event_feed_tell(struct event_feed *feed);

/* Answers the request with the events after a position that the filter (of the request's texts)
 * lets through. Takes the request's state, finish and answer.more. ERR_QUEUE_FULL
 * if no place is left. */
MUST_CHECK enum err event_feed_listen(struct event_feed *feed, struct http_request *request,
                                      const struct event_filter *filter, int64_t after,
                                      struct error *error);
