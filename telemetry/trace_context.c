/* annal emits no spans, so it passes the caller's parent id on: consumers of the events then appear
 * directly below the caller's span. */
#include "telemetry/trace_context.h"

#include "base/error.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

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

/* `count` random hexadecimal digits, an even number. */
static void write_random_hex(char *out, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[TRACE_ID_BYTES / 2];
    REQUIRE(count / 2 <= sizeof random);
    random_fill(random, count / 2);
    random[0] |= 1; /* never all zero */
    for (size_t i = 0; i < count; i++)
        out[i] = digits[(i % 2 ? random[i / 2] : random[i / 2] >> 4) & 15];
}

void trace_context_begin(const char *traceparent, char out_trace_id[TRACE_ID_BYTES])
{
    struct slice id = trace_context_id(traceparent);
    if (id.length)
        memcpy(out_trace_id, id.at, id.length);
    else
        write_random_hex(out_trace_id, TRACE_ID_BYTES - 1);
    out_trace_id[TRACE_ID_BYTES - 1] = '\0';
}

void trace_context_continue(const char *traceparent, const char *trace_id,
                            char out[TRACE_PARENT_BYTES])
{
    bool valid = trace_context_is_valid(traceparent);
    memcpy(out, valid ? traceparent : "00-................................-................-00",
           LENGTH);
    out[LENGTH] = '\0';
    if (valid) {
        memcpy(out, "00", 2);
        return;
    }
    memcpy(out + TRACE_ID_AT, trace_id, TRACE_ID_BYTES - 1);
    write_random_hex(out + PARENT_ID_AT, 16);
}
