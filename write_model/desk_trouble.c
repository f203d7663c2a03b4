#include "write_model/desk_trouble.h"

#include "base/clock.h"
#include "base/log.h"

void desk_trouble_meet(struct desk_trouble *trouble, const struct error *error)
{
    if (atomic_load(&trouble->err) != (int)error->code)
        log_error("commands are not stored: %s", error->text);
    trouble->batches++;
    atomic_store(&trouble->last_ms, clock_monotonic_ms());
    atomic_store(&trouble->err, (int)error->code);
}

void desk_trouble_end(struct desk_trouble *trouble)
{
    if (atomic_load(&trouble->err) == OK)
        return;
    log_info("commands are stored again, after %lld transactions that were not",
             (long long)trouble->batches);
    trouble->batches = 0;
    atomic_store(&trouble->err, OK);
}

enum err desk_trouble_now(const struct desk_trouble *trouble)
{
    bool lasts = clock_monotonic_ms() - atomic_load(&trouble->last_ms) < DESK_TROUBLE_MS;
    return lasts ? (enum err)atomic_load(&trouble->err) : OK;
}
