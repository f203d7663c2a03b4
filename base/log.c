/* Each message is one write(2), so that lines of several processes on one terminal stay whole.
 * Control characters are replaced, so that input cannot forge lines. */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *role_name = "annal";
static enum log_level lowest = LOG_LEVEL_INFO;

void log_begin(const char *role, enum log_level from)
{
    role_name = role;
    lowest = from;
}

void log_write(enum log_level level, const char *format, ...)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < lowest)
        return;
    char time[CLOCK_TEXT_BYTES], message[2 * ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    clock_format(clock_now_us(), time);
    AUTO(text) struct text line = {0};
    text_printf(&line, "%s %s %s: %s\n", time, names[level], role_name, message);
    ssize_t written = write(STDERR_FILENO, line.at, line.length);
    (void)written; /* no other channel could report that the log cannot be written */
}
