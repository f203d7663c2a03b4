/* The exchanges and queues in RabbitMQ, by name and limits. */
#pragma once

#include "bus/amqp.h"

#define TOPOLOGY_LOG_EXCHANGE "annal.log" /* fanout: for projectors and sagas */
#define TOPOLOGY_EVENTS_EXCHANGE                                                                   \
    "annal.events"                       /* topic: one event in each message, for other services */
#define TOPOLOGY_DEAD_QUEUE "annal.dead" /* messages that could not be decoded */

MUST_CHECK enum err topology_declare_log(struct amqp *amqp, struct error *error);
MUST_CHECK enum err topology_declare_events(struct amqp *amqp, struct error *error);
MUST_CHECK enum err topology_declare_dead(struct amqp *amqp, struct error *error);

/* Declares the queue annal.<name> of a subscription, binds it to annal.log and consumes it. */
MUST_CHECK enum err topology_consume(struct amqp *amqp, const char *name, struct error *error);
