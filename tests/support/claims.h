/* Included by every test program: cmocka and a few assertions. A test is a claim and its
 * name a sentence: append_rejects_a_stale_expected_version. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"

/* Both macros below declare the `error` that the call sets; a test may declare another one. */
#define TEST_SHADOWING_BEGIN                                                                       \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")
#define TEST_SHADOWING_END _Pragma("GCC diagnostic pop")

/* Runs a call that returns enum err and takes &error: fails with the error's text if it is not OK.
 */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        TEST_SHADOWING_BEGIN struct error error = {0};                                             \
        if ((call) != OK)                                                                          \
            fail_msg("%s: %s", #call, error.text);                                                 \
        TEST_SHADOWING_END                                                                         \
    } while (0)

/* The call must fail with exactly this code. */
#define assert_err(code_, call)                                                                    \
    do {                                                                                           \
        TEST_SHADOWING_BEGIN struct error error = {0};                                             \
        enum err got_ = (call);                                                                    \
        if (got_ != (code_))                                                                       \
            fail_msg("%s: expected %s, got %d: %s", #call, #code_, (int)got_, error.text);         \
        TEST_SHADOWING_END                                                                         \
    } while (0)

#define assert_text_contains(haystack, needle)                                                     \
    do {                                                                                           \
        if (!strstr((haystack), (needle)))                                                         \
            fail_msg("\"%s\" is not in: %s", (needle), (haystack));                                \
    } while (0)

/* Waits until the condition holds, asking again every few milliseconds; fails after `seconds`. */
#define wait_until(seconds, condition)      wait_until_every(5, seconds, condition)

/* The same for a condition that starts a process, which costs more than the wait. */
#define wait_until_task(seconds, condition) wait_until_every(100, seconds, condition)

#define wait_until_every(pause_ms, seconds, condition)                                             \
    do {                                                                                           \
        int64_t deadline_ = test_now_ms() + (seconds)*1000;                                        \
        while (!(condition)) {                                                                     \
            if (test_now_ms() > deadline_)                                                         \
                fail_msg("still not so after %d s: %s", (int)(seconds), #condition);               \
            test_pause_ms(pause_ms);                                                               \
        }                                                                                          \
    } while (0)

int64_t test_now_ms(void);
void test_pause_ms(int ms);

/* A fresh directory under $TMPDIR (or /tmp), removed with everything in it by
 * test_directory_remove. Short, so that control sockets fit. The caller frees nothing: valid until
 * removed. */
const char *test_directory_make(void);
void test_directory_remove(const char *directory);

/* A file's content; fails the test if it cannot be read. The caller frees. */
char *test_file_read(const char *path);
void test_file_write(const char *path, const char *content);
/* A copy of a file, byte for byte. */
void test_file_copy(const char *from, const char *to);

/* "<source root>/<path>". The caller frees. */
char *test_source_path(const char *path);

/* The return value of main() if this machine lacks what the claims need. (cmocka's
 * skip() prints "not ok", which meson 1.0 counts as a failure.) */
int test_skip_program(const char *claim, const char *why);
