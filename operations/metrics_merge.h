/* Merges the Prometheus expositions (text format 0.0.4) of several processes into one: HELP and TYPE of
 * each metric once, then its samples from all processes, each with the label role="ROLE".
 */
#pragma once

#include "base/cleanup.h"
#include "base/text.h"

struct metrics_family;

/* Initialise it with zeros: no metric. */
struct metrics_merge {
    struct metrics_family *at;
    size_t count, capacity;
};

void metrics_merge_finish(struct metrics_merge *merge);
AUTO_FINISH(metrics_merge, struct metrics_merge, metrics_merge_finish)

/* Adds the exposition of a role; NULL: the samples get no label. The first exposition that has a metric
 * determines its HELP and TYPE. Comments are dropped. */
void metrics_merge_add(struct metrics_merge *merge, const char *role, struct slice exposition);

/* Adds all metrics, in the order in which they were added, to `out`. */
void metrics_merge_write(const struct metrics_merge *merge, struct text *out);
