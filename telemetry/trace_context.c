/* annal emits no spans, so it passes the caller's parent id on: consumers of the events then appear
 * directly below the caller's span. */
#include "telemetry/trace_context.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* version "-" trace-id "-" parent-id "-" flags */
#define TRACE_ID_AT  3
#define PARENT_ID_AT 36
#define FLAGS_AT     53
#define LENGTH       55

/* `count` lower-case hexadecimal digits, not all zero unless zero is allowed. */
static bool is_hex(const char *at, size_t count, bool zero_allowed)
{
    bool zero = true;
    for (size_t i = 0; i < count; i++) {
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f')))
            return false;
        zero = zero && at[i] == '0';
    }
    return zero_allowed || !zero;
}

bool trace_context_is_valid(const char *traceparent)
{
    if (!traceparent)
        return false;
    size_t length = strlen(traceparent);
    if (length < LENGTH || traceparent[2] != '-' || traceparent[PARENT_ID_AT - 1] != '-' ||
        traceparent[FLAGS_AT - 1] != '-')
        return false;
    bool first_version = memcmp(traceparent, "00", 2) == 0;
    if (length > LENGTH && (first_version || traceparent[LENGTH] != '-'))
        return false;
    return is_hex(traceparent, 2, true) && memcmp(traceparent, "ff", 2) != 0 &&
           is_hex(traceparent + TRACE_ID_AT, 32, false) &&
           is_hex(traceparent + PARENT_ID_AT, 16, false) && is_hex(traceparent + FLAGS_AT, 2, true);
}

struct slice trace_context_id(const char *traceparent)
{
    if (!trace_context_is_valid(traceparent))
        return (struct slice){"", 0};
    return (struct slice){traceparent + TRACE_ID_AT, TRACE_ID_BYTES - 1};
}

/* `count` random hexadecimal digits, and a NUL. */
static void write_random_hex(char *out, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[32];
    REQUIRE(count <= sizeof random && getrandom(random, count, 0) == (ssize_t)count);
    random[0] |= 1; /* never all zero */
    for (size_t i = 0; i < count; i++)
        out[i] = digits[random[i] & 15];
    out[count] = '\0';
}

void trace_context_begin(const char *traceparent, char out_trace_id[TRACE_ID_BYTES])
{
    struct slice id = trace_context_id(traceparent);
    if (!id.length) {
        write_random_hex(out_trace_id, TRACE_ID_BYTES - 1);
        return;
    }
    memcpy(out_trace_id, id.at, id.length);
    out_trace_id[id.length] = '\0';
}

void trace_context_continue(const char *traceparent, const char *trace_id,
                            char out[TRACE_PARENT_BYTES])
{
    char parent_id[17];
    if (trace_context_is_valid(traceparent)) {
        snprintf(out, TRACE_PARENT_BYTES, "00%s", traceparent + 2);
        return;
    }
    write_random_hex(parent_id, 16);
    snprintf(out, TRACE_PARENT_BYTES, "00-%s-%s-00", trace_id, parent_id);
}
