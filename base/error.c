/* The table behind error.h. Texts are cut, never overflowed. */
#include "base/error.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum error_class class;
    int http_status;
    const char *slug, *title;
} table[] = {
    [OK] = {ERROR_CLASS_NONE, 200, "ok", "OK"},
#define ERROR(code, class, status, slug, title)                                                    \
    [ERR_##code] = {ERROR_CLASS_##class, status, slug, title},
#include "base/error.def"
#undef ERROR
};

static void format_into(char *out, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(out, size, format, arguments);
    if (length < 0)
        out[0] = '\0';
    else if ((size_t)length >= size)
        out[utf8_cut((struct slice){out, size}, size - 1).length] = '\0';
    utf8_repair(out); /* it may quote bytes of a request, and is written as JSON */
}

enum err error_set(struct error *error, enum err code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->code = code;
        format_into(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

enum err error_add_context(struct error *error, enum err code, const char *format, ...)
{
    if (error) {
        char context[ERROR_TEXT_BYTES], old[ERROR_TEXT_BYTES];
        va_list arguments;
        va_start(arguments, format);
        format_into(context, sizeof context, format, arguments);
        va_end(arguments);
        memcpy(old, error->text, sizeof old);
        return error_set(error, code, "%s: %s", context, old);
    }
    return code;
}

enum error_class error_class(enum err code)
{
    return table[code].class;
}

int error_http_status(enum err code)
{
    return table[code].http_status;
}

const char *error_slug(enum err code)
{
    return table[code].slug;
}

enum err error_of_slug(const char *slug)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].slug, slug) == 0)
            return (enum err)i;
    return ERR_INTERNAL;
}

int error_exit_status(enum err code)
{
    switch (code) {
    case OK:
        return 0;
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_INTERRUPTED:
        return 130;
    case ERR_OUTCOME_UNKNOWN: /* the next start resolves it */
    case ERR_INTERNAL:
    case ERR_FAILED:
        return 1;
    default:
        return error_class(code) == ERROR_CLASS_STOP ? EXIT_NEEDS_PERSON : 1;
    }
}

const char *error_title(enum err code)
{
    return table[code].title;
}

void error_require_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "annal: %s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
