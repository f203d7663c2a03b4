/* The desk's metrics: series are found once per kind of command. */
#pragma once

#include "telemetry/metrics.h"
#include "write_model/command_desk.h"

#define DESK_METRICS_KINDS 64

struct desk_metrics {
    struct {
        const struct command_kind *kind;
        struct metric_series *decided, *refused;
    } kinds[DESK_METRICS_KINDS];
    size_t kind_count;
    struct metric_series *seconds, *batches, *waiting, *head;
};

void desk_metrics_init(struct desk_metrics *metrics);

/* A command has been answered. */
void desk_metrics_count(struct desk_metrics *metrics, const struct command_request *request,
                        const struct command_answer *answer, int64_t now_us);
