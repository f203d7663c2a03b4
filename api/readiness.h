/* The answer to /readyz: {"status":"ready","checks":[{"name":…,"ok":…,"detail":…}]}. */
#pragma once

#include "api/http_request.h"

struct readiness {
    struct http_request *request;
    bool begun, failed;
};

void readiness_add(struct readiness *readiness, const char *name, bool ok, const char *detail);

/* 200 if all checks are ok, else 503. */
void readiness_answer(struct readiness *readiness);
