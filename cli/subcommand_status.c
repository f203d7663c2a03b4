/* annal status: whether all is well. Prints the status document of operations/status.h. */
#include "cli/status_print.h"
#include "cli/subcommand.h"
#include "operations/status.h"

#include <stdio.h>

static enum err run(const struct options *options, struct error *error)
{
    AUTO(json)
    json_t *status = status_build(
        &(struct status_request){.data_directory = options->value[OPTION_DATA],
                                 .log_url = option_log_url(options),
                                 .expects_models = domain_has_read_models(&options->domain)});
    if (option_flag(options, OPTION_JSON)) {
        AUTO(text) struct text text = {0};
        json_write(status, &text);
        printf("%s\n", text.at);
    } else {
        status_print(status);
    }
    return json_is_true(json_object_get(status, "ok")) ? OK
                                                       : error_set(error, ERR_FAILED, "%s", "");
}

static const enum option options[] = {OPTION_DATA, OPTION_LOG,  OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_status = {
    .name = "status",
    .arguments = "",
    .summary = "show whether all is well, and how far the log, the read models and the relays are",
    .more = "First whether all is well: every read model has a worker that is at work and at most "
            "10,000 "
            "events\n"
            "behind, nothing is parked, no saga is stuck, `annal commands` runs and reaches "
            "RabbitMQ. If "
            "not, the\n"
            "exit status is 1. Read models are those with files in DATA. The head is printed as\n"
            "POSITION:HASH, as `annal verify --expect` takes it: keep it somewhere safe.",
    .options = options,
    .run = run,
};
