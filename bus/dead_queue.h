/* The bounded queue annal.dead, for people to look at: messages nobody could decode. */
#pragma once

#include "bus/amqp.h"

/* Publishes the message there and waits, some seconds at most, until the broker has confirmed it.
 * Uses a connection of its own, so that confirms and messages coming in do not mix; rare enough. */
MUST_CHECK enum err dead_queue_put(const struct bus_url *url, const char *subscription,
                                   const struct amqp_incoming *incoming, const char *reason,
                                   struct error *error);
