/* Counters, gauges and histograms of this process, written as Prometheus text 0.0.4.
 * metrics.def says which gauges have no sample until their value is known.
 *
 * A series is found once and kept; adding to it is one atomic operation, from any thread.
 */
#pragma once

#include "base/text.h"

#include <stdint.h>

enum metric {
#define METRIC(name, kind, exported, label, help) METRIC_##name,
#include "telemetry/metrics.def"
#undef METRIC
    METRIC_COUNT,
};

struct metric_series;

/* The series of a metric with this label value ("" for metrics without a label). Lives as long as
 * the process. At most 1,000 per metric; all others share one with the label "other". */
struct metric_series *metric_series(enum metric metric, const char *label);

void metric_add(struct metric_series *series, int64_t by);        /* counters and gauges */
void metric_set(struct metric_series *series, int64_t value);     /* gauges */
void metric_observe_us(struct metric_series *series, int64_t us); /* histograms */

/* Reads a counter or gauge; for tests and status. */
int64_t metric_value(const struct metric_series *series);

/* The thread that writes the metrics first calls `collect` with `context`, to set values that no other
 * thread keeps current. After metrics_forget() returns, no function is called with this context. */
typedef void metrics_collect_fn(void *context);
void metrics_collect(metrics_collect_fn *collect, void *context);
void metrics_forget(void *context);

/* Adds all metrics that have a series, in the text format. */
void metrics_write(struct text *out);
