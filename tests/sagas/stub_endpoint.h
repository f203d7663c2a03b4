/* A command endpoint that answers as the test says, and counts requests. One thread, one request at a
 * time, a connection for each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STUB_TIMES_MOST 64

struct stub_endpoint;

/* Answers 500 until stub_endpoint_answer() changes that. */
struct stub_endpoint *stub_endpoint_start(void);
void stub_endpoint_stop(struct stub_endpoint *stub);

/* "http://127.0.0.1:4711" */
const char *stub_endpoint_url(const struct stub_endpoint *stub);

/* The status from now on. 200: all commands are accepted, with the position 1000 + the number of the
 * request; else an error without a body. */
void stub_endpoint_answer(struct stub_endpoint *stub, int status);

/* Adds that many bytes to the answer to each accepted command. */
void stub_endpoint_pad(struct stub_endpoint *stub, int bytes);
/* While it holds, requests are neither answered nor counted. */
void stub_endpoint_hold(struct stub_endpoint *stub, bool holds);
bool stub_endpoint_is_holding(struct stub_endpoint *stub);

/* Requests so far, and when the first STUB_TIMES_MOST came (monotonic). */
int stub_endpoint_count(struct stub_endpoint *stub);
int64_t stub_endpoint_time_ms(struct stub_endpoint *stub, int number);
