/* Time. Inside, microseconds since 1970 (UTC, no leap seconds); outside, always
 * `2026-11-23T10:00:00.000000Z`, so that text order is time order.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>
#include <time.h>

#define CLOCK_TEXT_BYTES 28 /* with the closing NUL */

int64_t clock_now_us(void);

/* Never goes backwards; for deadlines. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* A time of clock_monotonic_ms(), for calls that wait until then. */
struct timespec clock_monotonic_moment(int64_t ms);

/* From now on clock_now_us() returns this time; 0 restores the real clock. For tests. */
void clock_set_for_test(int64_t us);

/* Moves clock_now_us() ahead by this amount, as `date --set` does; it advances from there, and the
 * monotonic clocks are unaffected. For tests; may be called from a signal handler. */
void clock_step_for_test(int64_t by_us);

/* Writes the 27 characters of the outside form and a NUL. Years 0000 to 9999. */
void clock_format(int64_t us, char out[CLOCK_TEXT_BYTES]);

/* Reads RFC 3339 date-time, any offset and fraction (truncated to microseconds); a leap second
 * becomes the next second. False if the text is anything else. */
bool clock_parse(struct slice text, int64_t *ret_us);
