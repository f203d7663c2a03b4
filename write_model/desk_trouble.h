/* What keeps the desk from storing: told in the log when it begins, when it turns into something
 * else and when it is over, however many batches fail in between. */
#pragma once

#include "base/error.h"

#include <stdatomic.h>
#include <stdint.h>

struct desk_trouble {
    _Atomic int err;         /* of the last batch; OK: it was stored */
    _Atomic int64_t last_ms; /* monotonic: when that was */
    int64_t batches;         /* not stored since it began; the desk's thread */
};

/* A batch was not stored. */
void desk_trouble_meet(struct desk_trouble *trouble, const struct error *error);

/* A batch was stored. */
void desk_trouble_end(struct desk_trouble *trouble);

/* What it is, OK if there is none. Whoever is told of it may keep commands away, so it is forgotten
 * after DESK_TROUBLE_MS without a batch: the next ones find out. Any thread. */
#define DESK_TROUBLE_MS 10000
enum err desk_trouble_now(const struct desk_trouble *trouble);
