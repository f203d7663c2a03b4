/* A tiny aggregate for the desk's tests: a counter that can be added to until it is closed.
 *
 *   add {"n", "times"}   counter.added.v1 {"n", "total"}, `times` of them (1); none if n is 0
 *   close                counter.closed.v1
 *   break                an event that evolve rejects, as after a programmer's mistake
 *   err {"how"}          a valid event and one that the desk must reject: "type", "undeclared", "data"
 *   hold                 stays at the desk until counter_release(), then adds 1
 */
#pragma once

#include "write_model/aggregate.h"

extern struct aggregate counter; /* its state_format may be changed */

/* Makes a directory with the schemas of its events, for catalogue_open(). */
void counter_write_schemas(const char *directory);

/* Lets one `hold` continue; counter_wait_held() returns once one is at the desk. */
void counter_release(void);
void counter_wait_held(void);
