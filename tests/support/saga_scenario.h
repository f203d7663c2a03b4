/* Sagas told as scenarios, without a store or a clock: what happens, how its commands are answered,
 * what it wants next.
 *
 *     begun(&travel_booking, "TRIP-1", "{'traveller':'Ada','flight':'F-1'}");
 *     wants("flight/F-1", "book", "{'tripId':'TRIP-1'}");
 *     accepted();                                          // or refused("sold out")
 *     rests("done");
 *
 * JSON is written with ' for ". Every scenario also proves, without being asked, that the table
 * allows each move, that an event taken in again changes nothing, that deciding again decides the same,
 * and that what the saga sends fits its schema.
 */
#pragma once

#include "sagas/saga.h"
#include "tests/support/given_when_then.h"

/* A saga that begins with this event; those before are forgotten. At the program's end,
 * saga_scenarios_end. `settings`: the values of the domain's options, "{'hold-days':3}". */
void begun_with(const struct saga_kind *kind, const char *id, const char *data,
                const char *settings);
void begun(const struct saga_kind *kind, const char *id, const char *data);
void saga_scenarios_end(void);

/* An event of a stream, "flight/F-1", before what it wants now was sent. */
void happened(const char *stream, const char *type, const char *data);
/* The same, caused by a command of its own. */
void happened_by_itself(const char *stream, const char *type, const char *data);
/* The same, while what it wants now is under way: decided on with the answer. */
void meanwhile(const char *stream, const char *type, const char *data);
/* The event of a command of its own, when the answer has said so: it changes nothing.
 */
void happened_late(const char *stream, const char *type, const char *data);

/* What it wants is answered. */
void accepted(void);
void accepted_without_news(void); /* it was so already */
void refused(const char *reason);
void given_up(const char *reason); /* it can neither be sent nor answered */
void answered(const char *state);  /* to a question */
void found_nothing(void);          /* to a question: there is no such stream */

void timed_out(void);
void resumed(void); /* by a person */

/* What it wants now. */
void wants(const char *stream, const char *command, const char *body);
void asks(const char *stream);
void rests(const char *step);
void rests_for(const char *step, int64_t timeout_ms); /* with a time-out */
void blocked(const char *part);                       /* stuck, for a reason with this part */
