/* The conformance suite, which every engine of the event store must pass.
 *
 * The claims use event_store.h, write_set.h, event_verify.h and the envelope's headers alone. Each
 * gets a struct log_fixture, with a new log of the engine under test. A subject is a file that
 * defines one table; event_store_conformance_test.c runs each table for each engine.
 */
#pragma once

#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

struct claim_table {
    const struct CMUnitTest *claims;
    size_t count;
};

extern const struct claim_table answer_claims, cursor_claims, open_claims, prefetch_claims,
    read_claims, store_claims;

#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
#define CLAIM_TABLE(claims)                                                                        \
    {                                                                                              \
        claims, sizeof claims / sizeof *claims                                                     \
    }

#define READ_ALL ((struct read_limit){10000, 10000000})
