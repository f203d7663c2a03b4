/* The parked connections of a server: each waits for its subject to reach a position. Not guarded:
 * the registry's mutex does that. */
#pragma once

#include "http/http_connections.h"

#define HTTP_PARKED_SUBJECTS_MOST 64

struct http_parked {
    struct http_connection **connection;
    size_t capacity;
    _Atomic size_t count; /* may be asked for without the mutex */
};

struct http_progress {
    const void *subject;
    int64_t position;
};

void http_parked_add(struct http_parked *parked, struct http_connection *added);
void http_parked_finish(struct http_parked *parked);

/* The distinct subjects waited for; those beyond the bound are asked for in a later round. */
size_t http_parked_subjects(const struct http_parked *parked,
                            struct http_progress out[HTTP_PARKED_SUBJECTS_MOST]);

/* Takes those out whose time has come, says why, and resumes them. */
void http_parked_resume_due(struct http_parked *parked, const struct http_progress *progress,
                            size_t count, bool stopping,
                            void (*resume)(struct http_connection *connection));

/* The next moment at which one gives up; INT64_MAX if there is none. */
int64_t http_parked_next_deadline_ms(const struct http_parked *parked);
