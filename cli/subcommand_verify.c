/* annal verify: walks the hash chain of the log. */
#include "base/encoding.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/json_line.h"
#include "cli/progress_line.h"
#include "cli/subcommand.h"
#include "event_store/event_verify.h"

#include <stdio.h>

static enum err read_expected(const char *text, struct checkpoint *ret, struct error *error)
{
    const char *colon = strchr(text, ':');
    if (!colon || !slice_read_int((struct slice){text, (size_t)(colon - text)}, &ret->position) ||
        ret->position < 1 || !encoding_read_hex(slice_of(colon + 1), ret->hash, EVENT_HASH_BYTES))
        return error_set(error, ERR_USAGE,
                         "--expect %s: it must be POSITION:HASH; a hash has 64 hexadecimal digits",
                         text);
    return OK;
}

static bool show(void *context, int64_t position, int64_t head)
{
    progress_line_show(context, position, head);
    return !stop_is_requested();
}

static void print_result(const struct event_store *log, const struct checkpoint *head, bool json)
{
    AUTO(text) struct text hash = {0};
    encoding_write_hex(head->hash, EVENT_HASH_BYTES, &hash);
    if (json)
        json_line_print(json_pack("{s:s, s:I, s:s}", "log", event_store_log_id(log), "events",
                                  (json_int_t)head->position, "hash", hash.at));
    else
        printf("The log is whole: %lld events, each chained to the one before.\nHead: %lld:%s\n",
               (long long)head->position, (long long)head->position, hash.at);
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    struct checkpoint expected = {0};
    struct checkpoint head = {0};
    bool expects = option_flag(options, OPTION_EXPECT);
    enum err err = OK;
    if (expects)
        err = read_expected(options->value[OPTION_EXPECT], &expected, error);
    if (!err)
        err = event_store_open(option_log_url(options), EVENT_STORE_READ, &log, error);
    if (err)
        return err;
    struct progress_line progress;
    progress_line_begin(&progress, "verify", "events", 0);
    err = event_verify(log, expects ? &expected : NULL, show, &progress, &head, error);
    if (err)
        return err;
    progress_line_end(&progress, head.position);
    print_result(log, &head, option_flag(options, OPTION_JSON));
    return OK;
}

static const enum option options[] = {OPTION_DATA, OPTION_LOG,  OPTION_EXPECT,
                                      OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_verify = {
    .name = "verify",
    .arguments = "",
    .summary = "verify the log's hash chain from its first event",
    .more = "Recomputes the hash of every event and reports the first one that does not match.\n"
            "With --expect, the event at POSITION must have HASH: a head that `annal status`\n"
            "printed earlier, stored elsewhere, reveals any later edit of the log before it.",
    .options = options,
    .run = run,
};
