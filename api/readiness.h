/* The answer to /readyz: {"status":"ready","checks":[{"name":…,"ok":…,"detail":…}]}; the status may
 * be "degraded" or "not ready". */
#pragma once

#include "http/http_request.h"

struct readiness {
    struct http_request *request;
    bool begun, failed, degraded;
};

void readiness_add(struct readiness *readiness, const char *name, bool ok, const char *detail);

/* A check that is not ok and yet does not keep it from its work. */
void readiness_degrade(struct readiness *readiness, const char *name, const char *detail);

/* 200 if all checks are ok but those that degrade, else 503. */
void readiness_answer(struct readiness *readiness);
