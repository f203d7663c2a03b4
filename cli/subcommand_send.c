/* annal send: sends commands from NDJSON lines, many in flight, in order within a stream.
 *
 * Every line is sent with an Idempotency-Key, so a retry executes nothing twice. The input is read at
 * most LOOK_AHEAD lines ahead. Responses arrive in any order: a run that ends early prints the first
 * line without a response and the id of the run, from which the keys of lines without a key are made.
 * Continuing there with --resume loses no line and executes none twice.
 */
#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "base/stop.h"
#include "cli/json_line.h"
#include "cli/progress_line.h"
#include "cli/send.h"
#include "cli/subcommand.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_AHEAD      4096
#define LINE_MOST_BYTES ((size_t)2 * 1024 * 1024)
#define UNREACHABLE_MS  60000 /* the run fails after this time without any response */
#define REFUSALS_SHOWN  1000

struct send {
    int input;
    bool input_ended;
    struct text pending; /* read, not yet split into lines */
    size_t pending_done;
    char run[ID_UUID_BYTES]; /* prefix of the keys of lines without a key */
    int64_t first_line;      /* earlier lines are skipped */
    int64_t lines;
    struct send_http *http;
    struct send_queue queue;
    struct {
        struct send_command *first, *last;
        size_t count;
    } ready; /* wait only for a slot or for due_ms */
    int64_t accepted, rejected, retries;
    int64_t answered_ms;
    char trouble[256]; /* why the last one was retried */
    const char *url;
    bool unreachable_shown;
    struct progress_line progress;
};

static void make_ready(struct send *send, struct send_command *command)
{
    LIST_APPEND(&send->ready, command);
    send->ready.count++;
}

static void refuse(struct send *send, int64_t line, int status, const char *reason)
{
    send->rejected++;
    if (send->rejected > REFUSALS_SHOWN)
        return;
    if (send->progress.terminal)
        fprintf(stderr, "\r\033[K");
    if (status)
        fprintf(stderr, "line %lld: %d: %s\n", (long long)line, status, reason);
    else
        fprintf(stderr, "line %lld: %s\n", (long long)line, reason);
}

/* Logged once: otherwise a wrong address would look like a slow server. */
static void show_unreachable(struct send *send)
{
    if (!send->unreachable_shown)
        fprintf(stderr, "cannot reach %s (%s); retrying for %d s\n", send->url, send->trouble,
                UNREACHABLE_MS / 1000);
    send->unreachable_shown = true;
}

static void on_done(void *context, struct send_command *command, enum send_outcome outcome,
                    int status, const char *reason)
{
    struct send *send = context;
    if (outcome == SEND_RETRY) {
        send->retries++;
        snprintf(send->trouble, sizeof send->trouble, "%s", reason);
        if (status == 0)
            show_unreachable(send);
        command->due_ms = clock_monotonic_ms() + backoff_next_ms(&command->backoff);
        make_ready(send, command);
        return;
    }
    send->answered_ms = clock_monotonic_ms();
    if (outcome == SEND_ACCEPTED)
        send->accepted++;
    else
        refuse(send, command->line, status, reason);
    struct send_command *next = send_command_done(&send->queue, command);
    if (next)
        make_ready(send, next);
    send_command_destroy(command);
}

static void take_line(struct send *send, struct slice line)
{
    struct send_command *command = NULL;
    struct error error = {0};
    send->lines++;
    if (line.length && line.at[line.length - 1] == '\r')
        line.length--;
    if (line.length == 0 || send->lines < send->first_line)
        return;
    if (send_command_read(line, send->lines, send->run, &command, &error) != OK)
        refuse(send, send->lines, 0, error.text);
    else if (send_command_may_go(&send->queue, command))
        make_ready(send, command);
}

static bool wants_lines(const struct send *send)
{
    return send->ready.count + send->queue.waiting < LOOK_AHEAD;
}

/* Takes the lines that have been read. True if more input is needed. */
static bool take_lines(struct send *send)
{
    while (wants_lines(send)) {
        const char *at = send->pending.at ? send->pending.at + send->pending_done : "";
        size_t length = send->pending.length - send->pending_done;
        const char *newline = length ? memchr(at, '\n', length) : NULL;
        if (!newline && !(send->input_ended && length > 0))
            return !send->input_ended;
        size_t line = newline ? (size_t)(newline - at) : length;
        take_line(send, (struct slice){at, line});
        send->pending_done += line + (newline != NULL);
    }
    return false;
}

static enum err read_input(struct send *send, struct error *error)
{
    if (!take_lines(send))
        return OK;
    struct pollfd wait = {.fd = send->input, .events = POLLIN};
    if (poll(&wait, 1, 0) <= 0)
        return OK;
    size_t left = send->pending.length - send->pending_done;
    if (left > LINE_MOST_BYTES)
        return error_set(error, ERR_TOO_LARGE, "line %lld is longer than %zu bytes",
                         (long long)send->lines + 1, LINE_MOST_BYTES);
    if (send->pending_done) {
        memmove(send->pending.at, send->pending.at + send->pending_done, left);
        send->pending.length = left;
        send->pending_done = 0;
    }
    ssize_t length = read(send->input, text_reserve(&send->pending, 65536), 65536);
    if (length < 0)
        return error_set(error, ERR_IO, "read the input: %s", strerror(errno));
    send->input_ended = length == 0;
    send->pending.length += (size_t)length;
    take_lines(send);
    return OK;
}

/* Starts the commands that are due while there are free slots. */
static void start_ready(struct send *send)
{
    int64_t now = clock_monotonic_ms();
    for (size_t i = send->ready.count; i > 0 && send_http_has_slot(send->http); i--) {
        struct send_command *command = send->ready.first;
        LIST_REMOVE(&send->ready, command);
        send->ready.count--;
        if (command->due_ms > now)
            make_ready(send, command);
        else
            send_http_start(send->http, command);
    }
}

static bool is_over(const struct send *send)
{
    bool nothing_left = send->input_ended && send->pending_done == send->pending.length &&
                        send->ready.count == 0 && send->queue.waiting == 0;
    return send_http_in_flight(send->http) == 0 && (nothing_left || stop_is_requested());
}

static enum err send_all(struct send *send, struct error *error)
{
    send->answered_ms = clock_monotonic_ms();
    while (!is_over(send)) {
        enum err err = stop_is_requested() ? OK : read_input(send, error);
        if (err)
            return err;
        if (!stop_is_requested())
            start_ready(send);
        bool wants_input = !send->input_ended && wants_lines(send);
        send_http_work(send->http, wants_input ? send->input : -1, 20);
        progress_line_show(&send->progress, send->accepted + send->rejected, 0);
        if (clock_monotonic_ms() - send->answered_ms > UNREACHABLE_MS && send->trouble[0])
            return error_set(error, ERR_UNREACHABLE, "no response for %d s: %s",
                             UNREACHABLE_MS / 1000, send->trouble);
    }
    return OK;
}

static enum err open_input(const char *path, int *ret_fd, struct error *error)
{
    *ret_fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (*ret_fd < 0)
        return error_set(error, ERR_IO, "open %s: %s", path, strerror(errno));
    return OK;
}

static enum err resume_at(const struct send *send, int64_t line, enum err err, struct error *error)
{
    AUTO(text) struct text why = {0};
    text_add(&why, error->text);
    return error_set(
        error, err,
        "%s; line %lld is the first without a response; continue there: --resume %s:%lld", why.at,
        (long long)line, send->run, (long long)line);
}

/* `unanswered`: the first line without an answer, 0 if each has one. */
static enum err summarise(const struct send *send, int64_t unanswered, enum err err, bool json,
                          struct error *error)
{
    AUTO(text) struct text resume = {0};
    text_printf(&resume, "%s:%lld", send->run, (long long)unanswered);
    if (json)
        json_line_print(json_pack("{s:I, s:I, s:I, s:I, s:s?}", "lines", (json_int_t)send->lines,
                                  "accepted", (json_int_t)send->accepted, "rejected",
                                  (json_int_t)send->rejected, "retries", (json_int_t)send->retries,
                                  "resume", unanswered ? resume.at : NULL));
    else
        printf("%lld accepted, %lld rejected\n", (long long)send->accepted,
               (long long)send->rejected);
    if (!err && unanswered)
        err = error_set(error, ERR_INTERRUPTED, "interrupted");
    if (err)
        return unanswered ? resume_at(send, unanswered, err, error) : err;
    return send->rejected ? error_set(error, ERR_FAILED, "%s", "") : OK;
}

static bool has_more_input(const struct send *send)
{
    return !send->input_ended || send->pending_done < send->pending.length;
}

/* Drops the commands without an answer; returns the first such line, or 0. */
static int64_t drop_commands(struct send *send)
{
    int64_t first = has_more_input(send) ? send->lines + 1 : 0;
    struct send_command *command;
    while ((command = send->ready.first)) {
        LIST_REMOVE(&send->ready, command);
        struct send_command *next = send_command_done(&send->queue, command);
        if (next)
            LIST_PREPEND(&send->ready, next);
        if (!first || command->line < first)
            first = command->line;
        send_command_destroy(command);
    }
    return first > send->first_line || !first ? first : send->first_line;
}

/* RUN:LINE, which a run that ended early has printed. */
static enum err read_resume(const struct options *options, struct send *send, struct error *error)
{
    const char *resume = option_or_null(options, OPTION_RESUME);
    if (!resume) {
        id_make(send->run);
        return OK;
    }
    const char *colon = strchr(resume, ':');
    size_t length = colon ? (size_t)(colon - resume) : 0;
    if (length != ID_UUID_BYTES - 1 || !id_is_valid((struct slice){resume, length}) ||
        !slice_read_int(slice_of(colon + 1), &send->first_line) || send->first_line < 1)
        return error_set(error, ERR_USAGE,
                         "--resume %s: it must be RUN:LINE, as the interrupted run printed it",
                         resume);
    memcpy(send->run, resume, length);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    struct send send = {0};
    AUTO(text) struct text url = {0};
    enum err err = option_endpoint(options, &url, error);
    if (!err)
        err = read_resume(options, &send, error);
    if (!err)
        err = open_input(options->argument[0], &send.input, error);
    if (err)
        return err;
    send.url = url.at;
    send.http =
        send_http_create(url.at, (size_t)option_int(options, OPTION_IN_FLIGHT), on_done, &send);
    progress_line_begin(&send.progress, "send", "commands", 0);
    err = send_all(&send, error);
    progress_line_end(&send.progress, send.accepted + send.rejected);
    send_http_destroy(send.http);
    int64_t unanswered = drop_commands(&send);
    text_finish(&send.pending);
    close(send.input);
    return summarise(&send, unanswered, err, option_flag(options, OPTION_JSON), error);
}

static const enum option options[] = {
    OPTION_COMMANDS_LISTEN, OPTION_TO,   OPTION_IN_FLIGHT, OPTION_DOMAIN,
    OPTION_RESUME,          OPTION_JSON, OPTION_HELP,      OPTION_COUNT};

const struct subcommand subcommand_send = {
    .name = "send",
    .arguments = "FILE",
    .summary = "send commands from NDJSON lines",
    .more = "Each line is a JSON object with the members category, id, command, data and\n"
            "idempotencyKey (or key). Without an id the server chooses one. FILE may be - for\n"
            "standard input. Many commands are in flight at once; those of one stream stay in "
            "order. A\n"
            "command that the server cannot accept now is sent again. Every rejected line is\n"
            "printed with its number; the exit status is then 1. A run that is interrupted or\n"
            "fails prints RUN:LINE, where LINE is the first line without a response; --resume\n"
            "RUN:LINE with the same FILE continues there. Lines after it that were accepted are\n"
            "not executed again within the lifetime of keys (annal commands --key-lifetime).",
    .least_arguments = 1,
    .most_arguments = 1,
    .options = options,
    .run = run,
};
