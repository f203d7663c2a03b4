#include "cli/progress_line.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TERMINAL_EVERY_MS 100
#define LINES_EVERY_MS    3000
#define BAR_WIDTH         28
#define RATE_FROM_MS      100 /* a shorter run has no meaningful rate */

void progress_line_begin(struct progress_line *progress, const char *what, const char *unit,
                         int64_t begun_at)
{
    int64_t now = clock_monotonic_ms();
    *progress = (struct progress_line){.what = what,
                                       .unit = unit,
                                       .started_ms = now,
                                       .shown_ms = now,
                                       .begun_at = begun_at,
                                       .terminal = isatty(STDERR_FILENO)};
}

static int64_t rate_of(const struct progress_line *progress, int64_t done, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - progress->started_ms;
    return elapsed_ms > 0 ? (done - progress->begun_at) * 1000 / elapsed_ms : 0;
}

static void print_bar(int64_t done, int64_t total)
{
    char bar[BAR_WIDTH + 1];
    int filled = (int)(done * BAR_WIDTH / total);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(filled < BAR_WIDTH ? filled : BAR_WIDTH));
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, " [%s]", bar);
}

void progress_line_show(struct progress_line *progress, int64_t done, int64_t total)
{
    int64_t now = clock_monotonic_ms();
    if (progress->begun_at == PROGRESS_LINE_BEGINS_WHERE_SHOWN)
        progress->begun_at = done;
    if (now - progress->shown_ms < (progress->terminal ? TERMINAL_EVERY_MS : LINES_EVERY_MS))
        return;
    progress->shown_ms = now;
    int64_t rate = rate_of(progress, done, now);
    fprintf(stderr, "%s%s", progress->terminal ? "\r\033[K" : "", progress->what);
    if (total > 0 && progress->terminal)
        print_bar(done < total ? done : total, total);
    fprintf(stderr, " %lld", (long long)done);
    if (total > 0)
        fprintf(stderr, " of %lld", (long long)total);
    fprintf(stderr, " %s, %lld/s", progress->unit, (long long)rate);
    if (total > done && rate > 0)
        fprintf(stderr, ", %lld s left", (long long)((total - done) / rate + 1));
    fprintf(stderr, "%s", progress->terminal ? "" : "\n");
}

void progress_line_end(struct progress_line *progress, int64_t done)
{
    int64_t now = clock_monotonic_ms(), elapsed_ms = now - progress->started_ms;
    if (progress->begun_at == PROGRESS_LINE_BEGINS_WHERE_SHOWN)
        progress->begun_at = 0;
    fprintf(stderr, "%s%s: %lld %s in ", progress->terminal ? "\r\033[K" : "", progress->what,
            (long long)(done - progress->begun_at), progress->unit);
    if (elapsed_ms < RATE_FROM_MS)
        fprintf(stderr, "less than %.1f s\n", RATE_FROM_MS / 1000.0);
    else
        fprintf(stderr, "%.1f s, %lld/s\n", (double)elapsed_ms / 1000,
                (long long)rate_of(progress, done, now));
}
