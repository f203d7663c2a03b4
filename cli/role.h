/* What every role's start-up begins with: logging, catalogue, models; and the line `ready`. */
#pragma once

#include "api/http_limits.h"
#include "cli/options.h"
#include "read_model/models.h"

/* Sets the log's level (ERR_USAGE if it is none) and makes the data directory. */
MUST_CHECK enum err role_begin(const char *role, const struct options *options,
                               struct error *error);

MUST_CHECK enum err role_open_catalogue(const struct options *options,
                                        struct catalogue **ret_catalogue, struct error *error);
MUST_CHECK enum err role_open_models(const struct options *options,
                                     const struct catalogue *catalogue, struct models **ret_models,
                                     struct error *error);

/* ERR_NOT_FOUND, naming the models there are. */
enum err role_no_such_model(const struct models *models, const char *name, struct error *error);

/* The limits of an endpoint out of --body-limit, --connections and --idle-timeout. */
MUST_CHECK enum err role_http_limits(const struct options *options, struct http_limits *ret_limits,
                                     struct error *error);

/* Prints "ready <role> <where>" on standard output, at once. */
void role_ready(const char *role, const char *where);
