/* A data directory with a sagas.db, written without a runner: for tests of the store, of turns and
 * of operator actions. One at a time.
 */
#pragma once

#include "sagas/saga_turn.h"
#include "tests/support/annal_process.h"

/* cmocka's setup and teardown. */
int stored_sagas_setup(void **state);
int stored_sagas_teardown(void **state);
#define STORED_CLAIM(name)                                                                         \
    cmocka_unit_test_setup_teardown(name, stored_sagas_setup, stored_sagas_teardown)

const char *stored_sagas_data(void); /* the directory */
/* The store, which begins at the log's beginning if it is new. */
struct saga_store *stored_sagas_open(void);
/* A saga of version 1 that is to begin. */
struct saga_row stored_sagas_row(const char *saga, const char *id, json_t *take_facts);

/* The facts of a loan of one copy of B-1, and its loan_handling, begun in the open transaction. */
json_t *stored_sagas_loan(void);
void stored_sagas_request(struct saga_store *store, const char *id);
/* The first column of the only row, as committed. */
int64_t stored_sagas_count(const char *sql);
