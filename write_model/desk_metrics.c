#include "write_model/desk_metrics.h"

void desk_metrics_init(struct desk_metrics *metrics)
{
    *metrics = (struct desk_metrics){
        .seconds = metric_series(METRIC_COMMAND_SECONDS, ""),
        .batches = metric_series(METRIC_DESK_BATCH, ""),
        .waiting = metric_series(METRIC_DESK_WAITING, ""),
        .head = metric_series(METRIC_LOG_HEAD, ""),
    };
}

/* "account.open", or "append" for foreign events. */
static void find_series(const struct command_request *request, struct metric_series **decided,
                        struct metric_series **refused)
{
    AUTO(text) struct text label = {0};
    if (request->aggregate)
        text_printf(&label, "%s.%s", request->aggregate->category, request->kind->name);
    else
        text_add(&label, "append");
    *decided = metric_series(METRIC_COMMANDS, label.at);
    *refused = metric_series(METRIC_COMMANDS_REFUSED, label.at);
}

static size_t place_of(struct desk_metrics *metrics, const struct command_request *request)
{
    size_t i = 0;
    while (i < metrics->kind_count && metrics->kinds[i].kind != request->kind)
        i++;
    if (i < metrics->kind_count)
        return i;
    if (i == DESK_METRICS_KINDS)
        i--; /* so many kinds there are not; the last place is used again and again */
    else
        metrics->kind_count++;
    metrics->kinds[i].kind = request->kind;
    find_series(request, &metrics->kinds[i].decided, &metrics->kinds[i].refused);
    return i;
}

void desk_metrics_count(struct desk_metrics *metrics, const struct command_request *request,
                        const struct command_answer *answer, int64_t now_us)
{
    size_t i = place_of(metrics, request);
    metric_add(metrics->kinds[i].decided, 1);
    if (answer->err == ERR_REFUSED)
        metric_add(metrics->kinds[i].refused, 1);
    metric_observe_us(metrics->seconds, now_us - request->arrived_us);
}
