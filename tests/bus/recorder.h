/* A subscriber that remembers, run on a thread of its own: its transactions are made of memory.
 * Every claim about order and once-ness is checked as events come in.
 */
#pragma once

#include "base/text.h"
#include "bus/subscription.h"

#include <pthread.h>
#include <stdatomic.h>

struct recorder {
    /* set before recorder_start() */
    struct subscription_options options;
    struct checkpoint begin_at; /* what it says when it is first asked */
    enum err on_other_log;      /* OK: begins anew at position 0 */
    /* failures to come, any time */
    _Atomic int fail_applies, fail_commits, fail_begins;
    _Atomic int unsure_commits; /* are done, and then said to have failed */
    _Atomic enum err failure;
    _Atomic int pause_every; /* so many events, for a millisecond; 0: never */
    atomic_bool holds;       /* the next event waits until it is let go */

    /* what happened */
    _Atomic int64_t position; /* committed */
    _Atomic int64_t applied;  /* events, whether committed or not */
    _Atomic int commits, rollbacks, other_logs, betweens;
    _Atomic bool out_of_order; /* an event that did not follow, or had other data than it should */

    pthread_t thread;
    _Atomic bool ended, end;
    enum err err;
    struct error error;
    struct checkpoint committed, open;
};

void recorder_start(struct recorder *recorder);
/* Has it end, waits, and checks that nothing was out of order; its error. */
enum err recorder_stop(struct recorder *recorder);
