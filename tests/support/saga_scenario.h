/* Sagas as scenarios, without a store or a clock: the events, the answers to its commands, and what it
 * wants next.
 *
 *     begun(&travel_booking, "TRIP-1", "{'traveller':'Ada','flight':'F-1'}");
 *     wants("flight/F-1", "book", "{'tripId':'TRIP-1'}");
 *     accepted();                                          // or refused("sold out")
 *     rests("done");
 *
 * JSON is written with ' for ". Every scenario also checks that the table allows each move, that a
 * repeated event changes nothing, that deciding again gives the same result, and that the commands of the
 * saga match their schemas.
 */
#pragma once

#include "sagas/saga.h"
#include "tests/support/given_when_then.h"

/* Begins a saga with this event and forgets the previous one. Call saga_scenarios_end() at the end of the
 * program. `settings`: the values of the domain's options, "{'hold-days':3}". */
void begun_with(const struct saga_kind *kind, const char *id, const char *data,
                const char *settings);
void begun(const struct saga_kind *kind, const char *id, const char *data);
void saga_scenarios_end(void);

/* An event of a stream, "flight/F-1", before the command that it wants now is sent. */
void happened(const char *stream, const char *type, const char *data);
/* The same, caused by a command of the saga. */
void happened_by_itself(const char *stream, const char *type, const char *data);
/* The same, while the command is in flight: decided together with the answer. */
void meanwhile(const char *stream, const char *type, const char *data);
/* The event of a command of the saga that was already answered: it changes nothing.
 */
void happened_late(const char *stream, const char *type, const char *data);

/* Answers to the command that it wants. */
void accepted(void);
void accepted_without_news(void); /* accepted without an event */
void refused(const char *reason);
void given_up(const char *reason); /* it can neither be sent nor answered */
void answered(const char *state);  /* to a question */
void found_nothing(void);          /* to a question: no such stream */

void timed_out(void);
void resumed(void); /* by an operator */

/* What it wants now. */
void wants(const char *stream, const char *command, const char *body);
void asks(const char *stream);
void rests(const char *step);
void rests_for(const char *step, int64_t timeout_ms); /* with a time-out */
void blocked(const char *part);                       /* stuck, for a reason with this part */
