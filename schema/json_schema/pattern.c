/* The only file that includes PCRE2. Compiled code and limits are shared and read-only; the memory
 * that a match writes to belongs to the thread and is freed with it.
 *
 * Nearly every pattern of a schema is a class of ASCII characters that is repeated from the beginning of
 * the text to its end, as in "^[A-Z]{3}$". Such a text is compared here, which takes a tenth of the time. */
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

/* "^[class]{least,most}$"; most is 0 if the pattern has another form. */
struct repeated_class {
    uint64_t among[2]; /* a bit for each ASCII character */
    size_t least, most;
};

struct pattern {
    struct repeated_class repeated;
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

/* --- a repeated class ------------------------------------------------------------------------- */

/* A character of a class that stands for itself, a hyphen only at the end; 0: PCRE2 must interpret the
 * pattern. */
static unsigned char take_plain(const char **at)
{
    bool escaped = **at == '\\';
    unsigned char c = (unsigned char)(*at)[escaped];
    const char *others = escaped ? "\\[]^-./" : (*at)[0] && (*at)[1] == ']' ? "[]^" : "[]^-";
    if (c < ' ' || c >= 0x7F || (strchr(others, c) != NULL) != escaped)
        return 0;
    *at += 1 + escaped;
    return c;
}

/* Characters and ranges up to the closing bracket. */
static bool take_class(const char **at, struct repeated_class *repeated)
{
    while (**at != ']') {
        unsigned char first = take_plain(at), last = first;
        if (**at == '-' && (*at)[1] != ']') {
            ++*at;
            last = take_plain(at);
        }
        if (!first || last < first)
            return false;
        for (unsigned c = first; c <= last; c++)
            repeated->among[c / 64] |= (uint64_t)1 << c % 64;
    }
    ++*at;
    return true;
}

static bool take_count(const char **at, size_t *ret_count)
{
    const char *begin = *at;
    for (*ret_count = 0; **at >= '0' && **at <= '9' && *at - begin < 5; ++*at)
        *ret_count = *ret_count * 10 + (size_t)(**at - '0');
    return *at > begin;
}

static bool read_repeated(const char *at, struct repeated_class *repeated)
{
    if (strncmp(at, "^[", 2) != 0)
        return false;
    at += 2;
    if (!take_class(&at, repeated) || *at++ != '{' || !take_count(&at, &repeated->least))
        return false;
    repeated->most = repeated->least;
    if (*at == ',' && (at++, !take_count(&at, &repeated->most)))
        return false;
    return strcmp(at, "}$") == 0;
}

static bool matches_repeated(const struct repeated_class *repeated, struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= 0x80 || !(repeated->among[c / 64] >> c % 64 & 1))
            return false;
    }
    return text.length >= repeated->least && text.length <= repeated->most;
}

/* --- any pattern ------------------------------------------------------------------------------ */

enum err pattern_compile(const char *text, struct pattern **ret_pattern, struct error *error)
{
    pcre2_code *code = compile_code(text, error);
    if (!code)
        return ERR_DEFINITION;
    struct pattern *pattern = malloc(sizeof *pattern);
    REQUIRE(pattern);
    *pattern = (struct pattern){.code = code, .text = strdup(text)};
    REQUIRE(pattern->text);
    if (!read_repeated(text, &pattern->repeated))
        pattern->repeated.most = 0;
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
    if (pattern->repeated.most) {
        *steps += limits[0].steps;
        return matches_repeated(&pattern->repeated, text) ? PATTERN_MATCHES : PATTERN_DIFFERS;
    }
    for (size_t i = 0; i < LIMIT_COUNT && result == PCRE2_ERROR_MATCHLIMIT; i++) {
        *steps += limits[i].steps;
        result = pcre2_match(pattern->code, (PCRE2_SPTR)text.at, text.length, 0, 0,
                             match_data_of_thread(), pattern->contexts[i]);
    }
    if (result >= 0)
        return PATTERN_MATCHES;
    return result == PCRE2_ERROR_NOMATCH ? PATTERN_DIFFERS : PATTERN_TOO_COSTLY;
}
