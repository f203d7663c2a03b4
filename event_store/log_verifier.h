/* Verifies the log in the background, so that damage is found before the event is needed: a thread of
 * low priority with its own reader.
 *
 * A pass begins at the first event, goes to the head and then follows it; after a day the next pass
 * begins. The thread works for a moment and then rests thirty times as long, so it takes 3 % of a
 * core at most. The metric annal_log_verified_position is how far the pass has come.
 */
#pragma once

#include "base/cleanup.h"
#include "event_store/log_damage.h"

#include <stdint.h>

struct log_verifier;

struct log_verifier_options {
    const char *log_url;       /* borrowed until the stop, as `damage` */
    struct log_damage *damage; /* receives the report; the verifier then ends */
    int64_t pass_ms;           /* from the beginning of a pass to the next; 0: a day */
};

void log_verifier_start(const struct log_verifier_options *options,
                        struct log_verifier **ret_verifier);

/* Ends the thread. */
void log_verifier_stop(struct log_verifier *verifier);
AUTO_CLOSE(log_verifier, struct log_verifier, log_verifier_stop)
