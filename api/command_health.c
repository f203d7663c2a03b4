/* GET /readyz of the command endpoint: can it take and store commands? RabbitMQ is not asked. */
#include "api/command_endpoint_private.h"
#include "api/readiness.h"

#include <stdio.h>

static void add_log(struct readiness *readiness, const struct command_desk *desk)
{
    struct error why = {0};
    bool ready = command_desk_ready(desk, &why) == OK;
    if (ready)
        snprintf(why.text, sizeof why.text, "head at position %lld",
                 (long long)command_desk_head(desk));
    readiness_add(readiness, "log", ready, why.text);
}

/* Commands are decided by what the desk reads; GET /streams and /events read the log beside it. */
static void add_reads(struct readiness *readiness, struct log_readers *readers)
{
    struct error error = {0};
    enum err err = log_readers_check(readers, &error);
    readiness_add(readiness, "reads", err == OK, err ? error_title(err) : "the log can be read");
}

enum err command_health_ready(struct http_request *request, struct error *error)
{
    (void)error;
    const struct command_endpoint *endpoint = command_endpoint_of(request);
    const struct command_desk *desk = endpoint->options.desk;
    struct readiness readiness = {.request = request};
    char detail[64];
    add_log(&readiness, desk);
    add_reads(&readiness, endpoint->readers);
    snprintf(detail, sizeof detail, "%zu commands waiting", command_desk_waiting(desk));
    readiness_add(&readiness, "desk", true, detail);
    int64_t behind_us = command_desk_clock_behind_us(desk);
    if (behind_us > 0) {
        snprintf(detail, sizeof detail, "%lld s behind the newest event",
                 (long long)(behind_us / 1000000));
        readiness_degrade(&readiness, "clock", detail);
    }
    if (atomic_load(&endpoint->stale))
        readiness_degrade(&readiness, "schemas",
                          "schema reload rejected (the log has the reason); the previous schemas "
                          "stay in use");
    readiness_answer(&readiness);
    return OK;
}
