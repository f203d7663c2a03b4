/* The log's part of it; how it is done is base/wal_bound.h. */
#include "write_model/log_checkpoint.h"

#include "write_model/event_log_private.h"

void log_checkpoint_bound(struct event_log *log)
{
    wal_bound_check(&log->wal_bound, log->db);
}
