/* What tests do to RabbitMQ behind the program's back, and what they find there. */
#pragma once

#include "base/text.h"
#include "bus/bus_url.h"

#include <stdint.h>

/* True if ANNAL_TEST_BROKER names a broker; else says, in TAP, that the whole program is skipped.
 */
bool raw_broker_is_there(void);

/* The broker of ANNAL_TEST_BROKER, virtual host t-<program>. */
struct bus_url raw_broker_url(const char *program);

struct raw_broker;
struct raw_broker *raw_broker_open(const struct bus_url *url);
void raw_broker_close(struct raw_broker *raw);

void raw_broker_delete_queue(struct raw_broker *raw, const char *queue);
void raw_broker_purge(struct raw_broker *raw, const char *queue);
/* A durable queue without arguments, bound to `exchange` with `key` if that is not NULL. */
void raw_broker_declare_queue(struct raw_broker *raw, const char *queue, const char *exchange,
                              const char *key);
/* Messages ready in it; -1 if there is no such queue. */
int raw_broker_count(struct raw_broker *raw, const char *queue);
int raw_broker_consumers(struct raw_broker *raw, const char *queue);

/* Takes the next message: its body, and its properties and headers as lines "name=value" in the
 * order in which they came. False if there is none. */
bool raw_broker_get(struct raw_broker *raw, const char *queue, struct text *body,
                    struct text *properties);
