/* Everything runs on the control's thread for questions: one scrape at a time asks the roles. */
#include "cli/up.h"

#include "base/program.h"
#include "http/control.h"
#include "operations/metrics_merge.h"
#include "telemetry/metrics.h"

#include <stdlib.h>

/* Less than the 5 s after which the control socket reports that the request has no result. */
#define ASK_MS 2000

struct up_metrics {
    const char *data_directory;
    const char *const *roles;
    size_t count;
    struct control *control;
};

/* --- metrics ---------------------------------------------------------------------------------- */

struct scrape {
    const struct up_metrics *metrics;
    struct text *exposition; /* of each role, whose answers come in any order */
};

/* Omits a role that does not answer. */
static void take_exposition(void *scrape_, size_t index, enum err err, struct slice body,
                            const struct error *error)
{
    struct scrape *scrape = scrape_;
    (void)error;
    metric_set(metric_series(METRIC_UP_ROLE_REACHABLE, scrape->metrics->roles[index]), err == OK);
    text_add_slice(&scrape->exposition[index], body);
}

static void write_metrics(void *metrics_, struct text *out)
{
    const struct up_metrics *metrics = metrics_;
    AUTO(metrics_merge) struct metrics_merge merge = {0};
    AUTO(text) struct text own = {0};
    struct scrape scrape = {metrics, calloc(metrics->count, sizeof *scrape.exposition)};
    REQUIRE(scrape.exposition);
    control_ask_each(metrics->data_directory, metrics->roles, metrics->count, "/metrics", ASK_MS,
                     take_exposition, &scrape);
    metrics_write(&own); /* annal_up_role_reachable */
    metrics_merge_add(&merge, NULL, text_slice(&own));
    for (size_t i = 0; i < metrics->count; i++) {
        metrics_merge_add(&merge, metrics->roles[i], text_slice(&scrape.exposition[i]));
        text_finish(&scrape.exposition[i]);
    }
    free(scrape.exposition);
    metrics_merge_write(&merge, out);
}

/* --- readiness -------------------------------------------------------------------------------- */

struct readiness {
    const struct up_metrics *metrics;
    struct text reasons;
};

/* The text of the error may name a file; it is for operators, not for all that reach the address. */
static void take_readiness(void *readiness_, size_t index, enum err err, struct slice body,
                           const struct error *error)
{
    struct readiness *readiness = readiness_;
    (void)body, (void)error;
    if (err)
        text_printf(&readiness->reasons, "%s%s: %s", readiness->reasons.length ? "; " : "",
                    readiness->metrics->roles[index], error_title(err));
}

static enum err report_readiness(void *metrics_, const json_t *body, json_t **ret_answer,
                                 struct error *error)
{
    const struct up_metrics *metrics = metrics_;
    struct readiness readiness = {.metrics = metrics};
    (void)body;
    control_ask_each(metrics->data_directory, metrics->roles, metrics->count, "/readyz", ASK_MS,
                     take_readiness, &readiness);
    AUTO(text) struct text reasons = readiness.reasons;
    if (reasons.length)
        return error_set(error, ERR_NOT_READY, "%s; `%s status` states the causes", reasons.at,
                         program_name());
    *ret_answer = json_pack("{s:s}", "status", "ready");
    return OK;
}

/* --- opening ---------------------------------------------------------------------------------- */

enum err up_metrics_open(const char *listen, const char *data_directory, const char *const *roles,
                         struct up_metrics **ret_metrics, struct error *error)
{
    *ret_metrics = NULL;
    if (!listen[0])
        return OK;
    AUTO(up_metrics) struct up_metrics *metrics = calloc(1, sizeof *metrics);
    REQUIRE(metrics);
    metrics->data_directory = data_directory;
    metrics->roles = roles;
    while (roles[metrics->count])
        metrics->count++;
    enum err err = control_open(&(struct control_options){.role = "up",
                                                          .ready = report_readiness,
                                                          .metrics = write_metrics,
                                                          .context = metrics,
                                                          .metrics_listen = listen},
                                &metrics->control, error);
    if (err)
        return err;
    *ret_metrics = metrics;
    metrics = NULL;
    return OK;
}

void up_metrics_close(struct up_metrics *metrics)
{
    if (!metrics)
        return;
    control_close(metrics->control);
    free(metrics);
}

const char *up_metrics_address(const struct up_metrics *metrics)
{
    return control_metrics_address(metrics->control);
}
