/* Errors: a code from error.def and a sentence for people.
 *
 * A function that can fail returns `enum err` (0 is success) and fills `struct error` when it fails.
 * Callers put context in front: "close account: stream account/ACC-1: …". Code never compares texts;
 * behaviour follows from the code's class. A caller that needs only the code passes NULL for the error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK           __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, at) __attribute__((format(printf, fmt, at)))

enum err {
    OK = 0,
#define ERROR(code, class, status, slug, title) ERR_##code,
#include "base/error.def"
#undef ERROR
};

enum error_class {
    ERROR_CLASS_NONE,
    ERROR_CLASS_ANSWER,
    ERROR_CLASS_RETRY,
    ERROR_CLASS_STOP,
};

#define ERROR_TEXT_BYTES 1024

struct error {
    enum err code;
    char text[ERROR_TEXT_BYTES]; /* what failed, where, and what to do; UTF-8 */
};

/* Sets code and text (cut at a character boundary if too long) and returns the code. */
enum err error_set(struct error *error, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "<context>: " in front of the text and returns the code unchanged. */
enum err error_add_context(struct error *error, enum err code, const char *format, ...)
    PRINTF_LIKE(3, 4);

enum error_class error_class(enum err code);
int error_http_status(enum err code);
const char *error_slug(enum err code);
/* The code with this slug; ERR_INTERNAL if no code has it. */
enum err error_of_slug(const char *slug);
const char *error_title(enum err code);

/* The exit status of a role: 0 after OK, 2 for ERR_USAGE, 130 when interrupted, 3 for errors that remain
 * until a person has acted (another process holds the file, a file is damaged, …), else 1: starting
 * the role again may help. */
#define EXIT_USAGE        2
#define EXIT_NEEDS_PERSON 3
int error_exit_status(enum err code);

/* Detects a programming error: prints the condition and its place, and aborts. Always enabled. */
#define REQUIRE(condition)                                                                         \
    ((condition) ? (void)0 : error_require_failed(#condition, __FILE__, __LINE__))
_Noreturn void error_require_failed(const char *condition, const char *file, int line);
