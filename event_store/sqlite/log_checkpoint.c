/* The log's part of it; how it is done is base/wal_bound.h. */
#include "event_store/sqlite/log_checkpoint.h"

#include "event_store/sqlite/event_log.h"
#include "telemetry/metrics.h"

void log_checkpoint_bound(struct event_store *store)
{
    struct event_log *log = event_log_of(store);
    wal_bound_check(&log->wal_bound, log->db);
    if (!log->wal_metric)
        log->wal_metric = metric_series(METRIC_LOG_WAL_BYTES, "");
    metric_set(log->wal_metric, log->wal_bound.bytes);
}
