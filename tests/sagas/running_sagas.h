/* A log with `annal commands` on it, options for a runner on that log, and what sagas.db and the log
 * contain: for tests of the runner in real processes. Its domain is that of tests/domain.
 */
#pragma once

#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "bus/bus_url.h"
#include "sagas/saga_runner.h"

struct running_sagas {
    const char *data;
    struct annal_process commands;
    char address[64], url[80];
    struct bus_url bus;                /* the log itself */
    json_t *settings;                  /* the runner's */
    struct saga_runner_options runner; /* for a runner on it, from the beginning of the log */
};

/* cmocka's setup and teardown: *state is a struct running_sagas, with 1000 copies of B-1 on a shelf. */
int running_sagas_setup(void **state);
int running_sagas_teardown(void **state);

/* The setup of another domain, whose program ANNAL_PROGRAM names: no command was sent yet. */
int running_sagas_setup_with(void **state, const struct saga_kind *const *kinds);

/* How long sagas that begin wait for an approval; 900 s by default. */
void running_sagas_approval_timeout(struct running_sagas *sagas, int seconds);

/* Sends a command, which must be accepted. `body` is written with ' for ". */
void running_sagas_command(const struct running_sagas *sagas, const char *path, const char *body);
/* A command of the loan `id`. */
void running_sagas_loan(const struct running_sagas *sagas, const char *id, const char *command,
                        const char *body);
/* A loan of two copies of B-1, requested. */
void running_sagas_request(const struct running_sagas *sagas, const char *id);

/* The first column of the only row, from DATA/`file`; -1 if there is no such file or row. */
int64_t running_sagas_count(const struct running_sagas *sagas, const char *file, const char *sql);
/* True if the saga `id` is in that phase and step. */
bool running_sagas_saga_is(const struct running_sagas *sagas, const char *id, const char *phase,
                           const char *step);
/* How many events of a type the log has. */
int64_t running_sagas_events(const struct running_sagas *sagas, const char *type);
