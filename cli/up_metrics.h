/* The health and the metrics of all roles of `annal up` on one address (--metrics-listen): /metrics merges
 * the expositions that the roles serve on their control sockets (operations/metrics_merge.h), /readyz is
 * ready if every role is.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

struct up_metrics;

/* `roles`: the names of the control sockets, borrowed, closed by NULL. Opens nothing (*ret_metrics is
 * NULL) if `listen` is empty. */
MUST_CHECK enum err up_metrics_open(const char *listen, const char *data_directory,
                                    const char *const *roles, struct up_metrics **ret_metrics,
                                    struct error *error);
void up_metrics_close(struct up_metrics *metrics);
AUTO_CLOSE(up_metrics, struct up_metrics, up_metrics_close)

/* "127.0.0.1:9100" */
const char *up_metrics_address(const struct up_metrics *metrics);
