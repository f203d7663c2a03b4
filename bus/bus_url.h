/* Where the bus is: "amqp://user:password@host:5672/vhost" or "log:" (follow the log itself). */
#pragma once

#include "base/error.h"

struct bus_url {
    bool is_log;
    char host[256], user[128], password[128], vhost[128];
    int port;
};

/* ERR_USAGE says which part is wrong, without repeating the password. User and password default to guest,
 * port to 5672, vhost to "/"; each may be percent-encoded. */
MUST_CHECK enum err bus_url_read(const char *text, struct bus_url *ret_url, struct error *error);
