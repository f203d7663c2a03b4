/* The URL of the bus: "amqp://user:password@host:5672/vhost", or "log:" (read the log, without RabbitMQ). */
#pragma once

#include "base/error.h"

struct bus_url {
    bool is_log;
    char host[256], user[128], password[128], vhost[128];
    int port;
};

/* ERR_USAGE names the part that is wrong and does not repeat the password. User and password default to guest,
 * port to 5672, vhost to "/"; each may be percent-encoded. */
MUST_CHECK enum err bus_url_read(const char *text, struct bus_url *ret_url, struct error *error);
