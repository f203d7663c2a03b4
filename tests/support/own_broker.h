/* A RabbitMQ node that a test may kill: deploy/private-broker.sh on a free port. */
#pragma once

#include "tests/support/claims.h"

struct own_broker {
    const char *directory;
    int port;
    char url[128];
};

void own_broker_start(struct own_broker *broker);
/* Sends SIGKILL, like a crash. */
void own_broker_kill(struct own_broker *broker);
/* On the same directory and port, after a kill. */
void own_broker_start_again(struct own_broker *broker);
void own_broker_stop(struct own_broker *broker);

/* rabbitmqctl; the words are closed by NULL. Its exit status must be 0. */
void own_broker_ctl(struct own_broker *broker, const char *const *words);
