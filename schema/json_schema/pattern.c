/* The only file that includes PCRE2. Compiled code and limits are shared and read-only; the memory
 * that a match writes to belongs to the thread and is freed with it. */
#include "schema/json_schema/pattern.h"

#include <pthread.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define HEAP_LIMIT_KIB 1024

/* PCRE2 does not report the cost of a match, only that it reached its limit. So a match is tried
 * with growing limits; the limits that it reached give the cost. */
static const struct {
    uint32_t steps_of_pcre2;
    size_t steps; /* what they cost */
} limits[] = {{1000, 1}, {10000, 1000}, {100000, 10000}};
#define LIMIT_COUNT (sizeof limits / sizeof *limits)

struct pattern {
    pcre2_code *code;
    pcre2_match_context *contexts[LIMIT_COUNT];
    char *text;
};

static pthread_key_t match_data_key;

static void free_match_data(void *data)
{
    pcre2_match_data_free(data);
}

static void make_key(void)
{
    REQUIRE(pthread_key_create(&match_data_key, free_match_data) == 0);
}

static pcre2_match_data *match_data_of_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    pcre2_match_data *data = pthread_getspecific(match_data_key);
    if (!data) {
        data = pcre2_match_data_create(1, NULL);
        REQUIRE(data && pthread_setspecific(match_data_key, data) == 0);
    }
    return data;
}

/* Differences of ECMA-262 from Perl: $ matches only at the very end, \uFFFF, [] matches nothing. */
static pcre2_code *compile_code(const char *text, struct error *error)
{
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_NEVER_BACKSLASH_C;
    int code_of_error;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &code_of_error, &at, NULL);
    if (!code) {
        PCRE2_UCHAR why[256] = "";
        pcre2_get_error_message(code_of_error, why, sizeof why);
        error_set(error, ERR_DEFINITION, "the pattern %.200s is wrong at character %zu: %s", text,
                  (size_t)at, (char *)why);
        return NULL;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where it cannot, it is interpreted */
    return code;
}

enum err pattern_compile(const char *text, struct pattern **ret_pattern, struct error *error)
{
    pcre2_code *code = compile_code(text, error);
    if (!code)
        return ERR_DEFINITION;
    struct pattern *pattern = malloc(sizeof *pattern);
    REQUIRE(pattern);
    *pattern = (struct pattern){.code = code, .text = strdup(text)};
    REQUIRE(pattern->text);
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        pattern->contexts[i] = pcre2_match_context_create(NULL);
        REQUIRE(pattern->contexts[i]);
        pcre2_set_match_limit(pattern->contexts[i], limits[i].steps_of_pcre2);
        pcre2_set_heap_limit(pattern->contexts[i], HEAP_LIMIT_KIB);
    }
    *ret_pattern = pattern;
    return OK;
}

void pattern_destroy(struct pattern *pattern)
{
    if (!pattern)
        return;
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        pcre2_match_context_free(pattern->contexts[i]);
    pcre2_code_free(pattern->code);
    free(pattern->text);
    free(pattern);
}

const char *pattern_text(const struct pattern *pattern)
{
    return pattern->text;
}

enum pattern_result pattern_match(const struct pattern *pattern, struct slice text, size_t *steps)
{
    int result = PCRE2_ERROR_MATCHLIMIT;
    for (size_t i = 0; i < LIMIT_COUNT && result == PCRE2_ERROR_MATCHLIMIT; i++) {
        *steps += limits[i].steps;
        result = pcre2_match(pattern->code, (PCRE2_SPTR)text.at, text.length, 0, 0,
                             match_data_of_thread(), pattern->contexts[i]);
    }
    if (result >= 0)
        return PATTERN_MATCHES;
    return result == PCRE2_ERROR_NOMATCH ? PATTERN_DIFFERS : PATTERN_TOO_COSTLY;
}
