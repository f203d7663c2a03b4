/* A command endpoint that answers as it is told, and counts. One thread, one request at a time, a
 * connection each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STUB_TIMES_MOST 64

struct stub_endpoint;

/* Answers 500 until it is told otherwise. */
struct stub_endpoint *stub_endpoint_start(void);
void stub_endpoint_stop(struct stub_endpoint *stub);

/* "http://127.0.0.1:4711" */
const char *stub_endpoint_url(const struct stub_endpoint *stub);

/* From now on: 200, all commands accepted, with a position of its own each time, or an error
 * without a body. */
void stub_endpoint_answer(struct stub_endpoint *stub, int status);

/* What is accepted is answered with so much more than it needs, each command. */
void stub_endpoint_pad(struct stub_endpoint *stub, int bytes);
/* What comes is not answered, and not counted, before it is let go. */
void stub_endpoint_hold(struct stub_endpoint *stub, bool holds);
bool stub_endpoint_is_holding(struct stub_endpoint *stub);

/* Requests so far, and when the first STUB_TIMES_MOST came (monotonic). */
int stub_endpoint_count(struct stub_endpoint *stub);
int64_t stub_endpoint_time_ms(struct stub_endpoint *stub, int number);
