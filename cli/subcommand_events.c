/* annal events: prints the log, follows it, exports it as NDJSON of CloudEvents. It reads the file
 * itself, so it works whether or not annal runs. */
#include "base/clock.h"
#include "base/stop.h"
#include "cli/subcommand.h"
#include "event_store/event_store.h"
#include "schema/cloudevent.h"

#include <poll.h>
#include <stdio.h>

#define WAIT_MS 1000

static const struct read_limit batch_limit = {1000, (size_t)1024 * 1024};

struct wanted {
    struct slice type, stream;
    int64_t after, left; /* left: -1 without a limit */
    int64_t printed;
    bool json, follow;
};

/* Only a stream named CATEGORY/ID can have events. */
static enum err check_stream(struct slice stream, struct error *error)
{
    const char *slash = memchr(stream.at, '/', stream.length);
    if (slash && slash > stream.at && slash + 1 < stream.at + stream.length)
        return OK;
    return error_set(error, ERR_USAGE, "--stream %.*s: it must be CATEGORY/ID, such as account/A-1",
                     SLICE(stream));
}

static enum err read_wanted(const struct options *options, struct wanted *wanted,
                            struct error *error)
{
    int64_t limit = option_int(options, OPTION_LIMIT);
    *wanted = (struct wanted){.after = option_int(options, OPTION_AFTER),
                              .left = limit ? limit : -1,
                              .type = slice_of(options->value[OPTION_TYPE]),
                              .stream = slice_of(options->value[OPTION_STREAM]),
                              .json = option_flag(options, OPTION_JSON),
                              .follow = option_flag(options, OPTION_FOLLOW)};
    return wanted->stream.length ? check_stream(wanted->stream, error) : OK;
}

static enum err check_after(struct event_store *log, int64_t after, struct error *error)
{
    struct checkpoint head;
    enum err err = event_store_head(log, &head, NULL, error);
    if (err || after <= head.position)
        return err;
    return error_set(error, ERR_USAGE, "--after %lld: the log ends at position %lld",
                     (long long)after, (long long)head.position);
}

static void print_event(const struct event *event, bool json)
{
    AUTO(text) struct text line = {0};
    if (json) {
        cloudevent_write(event, &line);
    } else {
        char time[CLOCK_TEXT_BYTES];
        clock_format(event->time_us, time);
        text_printf(&line, "%8lld  %s  %.*s #%lld  %.*s  %.*s", (long long)event->position, time,
                    SLICE(event->stream), (long long)event->version, SLICE(event->type),
                    SLICE(event->data));
    }
    text_add_char(&line, '\n');
    fwrite(line.at, 1, line.length, stdout);
}

static bool is_wanted(const struct event *event, const struct wanted *wanted)
{
    return (wanted->type.length == 0 || slice_matches(event->type, wanted->type)) &&
           (wanted->stream.length == 0 || slice_equal(event->stream, wanted->stream));
}

/* Prints the events of the batch that match, and advances `after`. */
static void print_batch(const struct event_batch *batch, struct wanted *wanted)
{
    for (size_t i = 0; i < batch->count && wanted->left != 0; i++) {
        wanted->after = batch->events[i].position;
        if (!is_wanted(&batch->events[i], wanted))
            continue;
        print_event(&batch->events[i], wanted->json);
        wanted->printed++;
        if (wanted->left > 0)
            wanted->left--;
    }
}

static enum err run(const struct options *options, struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct wanted wanted;
    enum err err = read_wanted(options, &wanted, error);
    if (!err)
        err = event_store_open(option_log_url(options), EVENT_STORE_READ, &log, error);
    if (!err)
        err = check_after(log, wanted.after, error);
    while (!err && wanted.left != 0 && !stop_is_requested()) {
        err = event_store_read_after(log, wanted.after, batch_limit, &batch, error);
        if (err)
            break;
        print_batch(&batch, &wanted);
        if (ferror(stdout))
            return error_set(error, ERR_IO, "standard output cannot be written");
        if (batch.count > 0)
            continue;
        if (!wanted.follow)
            break;
        fflush(stdout);
        err = event_store_wait_for_more(log, wanted.after, WAIT_MS,
                                        &(struct pollfd){.fd = stop_fd(), .events = POLLIN}, 1,
                                        error);
    }
    fflush(stdout);
    if (!err && wanted.printed == 0 && !wanted.follow &&
        (wanted.type.length || wanted.stream.length))
        fprintf(stderr, "no event matches\n");
    return err;
}

static const enum option options[] = {OPTION_DATA, OPTION_LOG,    OPTION_AFTER,  OPTION_LIMIT,
                                      OPTION_TYPE, OPTION_STREAM, OPTION_FOLLOW, OPTION_JSON,
                                      OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_events = {
    .name = "events",
    .arguments = "",
    .summary = "print, follow or export the log",
    .more =
        "Prints one line per event: position, time, stream and version, type, data. With\n"
        "--json each line is a CloudEvent; without a filter the output is an export of the log.",
    .options = options,
    .run = run,
};
