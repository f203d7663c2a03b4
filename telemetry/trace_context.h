/* W3C Trace Context: the trace to which a request belongs. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>

#define TRACE_ID_BYTES     33 /* with the closing NUL */
#define TRACE_PARENT_BYTES 56

/* True for a traceparent that can be continued: version 00, or a later one that begins like it. */
bool trace_context_is_valid(const char *traceparent);

/* The trace id in it; empty if it is not valid. */
struct slice trace_context_id(const char *traceparent);

/* The trace id of a valid traceparent, else (also for NULL) a new random one. */
void trace_context_begin(const char *traceparent, char out_trace_id[TRACE_ID_BYTES]);

/* The traceparent to pass on: a valid one as version 00, else a new one of the trace. */
void trace_context_continue(const char *traceparent, const char *trace_id,
                            char out[TRACE_PARENT_BYTES]);
