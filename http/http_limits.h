/* The limits of a server. A zero stands for the default. */
#pragma once

#include <stddef.h>

struct http_limits {
    size_t body_bytes;                /* 1 MiB */
    size_t body_values;               /* 32768 JSON values in a body */
    size_t body_bytes_per_second;     /* 1024: the least rate of a body, after 5 s */
    size_t bodies_in_flight_bytes;    /* 32 MiB, with the JSON trees made of them */
    size_t answers_in_flight_bytes;   /* 16 MiB */
    size_t live_answer_bytes;         /* 256 KiB: of a live row, list or query */
    unsigned connections;             /* 4096 */
    unsigned connections_per_address; /* half of them */
    unsigned idle_seconds;            /* 60 */
    unsigned request_seconds;         /* 30: a whole request, from its first byte to its last */
    unsigned threads;                 /* 2 */
};
