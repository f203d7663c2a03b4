/* A log with the command endpoint on it, a product in stock, and what sagas.db and the log say: for
 * tests of the runner with orders.
 */
#pragma once

#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "bus/bus_url.h"
#include "sagas/saga_runner.h"

struct running_shop {
    const char *data;
    struct annal_process commands;
    char address[64], url[80];
    struct bus_url bus;                /* the log itself */
    json_t *settings;                  /* the runner's */
    struct saga_runner_options runner; /* for a runner on it, from the log's beginning */
};

/* cmocka's setup and teardown: *state is a struct running_shop. */
int running_shop_setup(void **state);
int running_shop_teardown(void **state);

/* How long sagas that begin wait for a payment; 900 s unless this says otherwise. */
void running_shop_payment_timeout(struct running_shop *shop, int seconds);

/* Sends a command, which must be accepted. `body` is written with ' for ". */
void running_shop_command(const struct running_shop *shop, const char *path, const char *body);
/* An order of two of P-1, placed. */
void running_shop_place(const struct running_shop *shop, const char *id);

/* The first column of the only row, out of DATA/`file`; -1 if there is no such file or row. */
int64_t running_shop_count(const struct running_shop *shop, const char *file, const char *sql);
/* True if the order's saga is in that phase and step. */
bool running_shop_saga_is(const struct running_shop *shop, const char *id, const char *phase,
                          const char *step);
/* How many events of a type the log has. */
int64_t running_shop_events(const struct running_shop *shop, const char *type);
