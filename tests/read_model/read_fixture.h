/* A read side over one model, `things`, whose generations a test creates and fills itself. */
#pragma once

#include "read_model/definition/model.h"
#include "read_model/query/read_side.h"
#include "read_model/store/model_store.h"
#include "tests/support/claims.h"

struct read_fixture {
    const char *directory;
    struct catalogue *catalogue;
    struct models *models;
    const struct model *model;
    struct read_side *side;
};

/* For cmocka_unit_test_setup_teardown: *state is the fixture. Nothing is built yet. */
int read_fixture_setup(void **state);
int read_fixture_teardown(void **state);

/* Opens the side anew with a time limit for lists and queries. */
void read_fixture_limit(struct read_fixture *fixture, int64_t time_limit_ms);

/* Makes generation `number`; the caller closes it. */
struct model_store *read_fixture_generation(struct read_fixture *fixture, int64_t number);
/* The same of another definition of `things`. */
struct model_store *read_fixture_generation_of(struct read_fixture *fixture, const char *definition,
                                               int64_t number);
/* Commits the SQL together with the checkpoint. */
void read_fixture_commit(struct model_store *store, int64_t position, const char *sql);
/* As above, for another log than the usual one. */
void read_fixture_commit_in_log(struct model_store *store, const char *log_id, int64_t position,
                                const char *sql);
void read_fixture_serve(struct read_fixture *fixture, int64_t number);
/* Generation 1 with this content, at position 1, served; its writer is closed. */
void read_fixture_build(struct read_fixture *fixture, const char *sql);

/* "number[gte]=5&sort=-id" → parameters; nothing is decoded. Valid as long as the text is. */
size_t read_fixture_parameters(const char *text, struct read_parameter out[16]);

/* Each returns the body or fails the test; the answer is the caller's. */
const char *read_fixture_row(struct read_fixture *fixture, const char *table, const char *key,
                             struct read_answer *answer);
const char *read_fixture_list(struct read_fixture *fixture, const char *table,
                              const char *parameters, struct read_answer *answer);
const char *read_fixture_query(struct read_fixture *fixture, const char *query,
                               const char *parameters, struct read_answer *answer);
