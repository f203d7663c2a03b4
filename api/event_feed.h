/* The live feed: the log as server-sent events, for any number of listeners.
 *
 * One thread reads new events once for all listeners and keeps them, rendered, in a ring. A listener at
 * the ring receives the events that match its filter and is suspended until one arrives. For a
 * listener behind the ring (it resumes from an old position, or reads more slowly than events arrive)
 * the workers read the log, a bounded piece at a time. A listener that is behind and receives nothing
 * is closed; it reconnects with the id of its last event. On a connection no event is omitted, sent
 * twice or out of order.
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
/* Every listener must have been finished. */
void event_feed_close(struct event_feed *feed);

/* The log has grown. Any thread; never waits, and costs next to nothing without listeners. */
void event_feed_notify(struct event_feed *feed);

/* Answers the request with the events after a position that match the filter, whose texts belong to the
 * request. Takes the request's state, finish and answer.more. ERR_QUEUE_FULL if no slot is free. */
MUST_CHECK enum err event_feed_listen(struct event_feed *feed, struct http_request *request,
                                      const struct event_filter *filter, int64_t after,
                                      struct error *error);
