/* What the tests of definitions and stores share: a catalogue, models from text, and events made
 * up in a line. */
#pragma once

#include "cli/domain.h"
#include "read_model/definition/model.h"
#include "read_model/definition/models.h"
#include "read_model/store/model_store.h"

struct model_fixture {
    const struct domain *domain;
    struct catalogue *catalogue;
    const char *directory; /* removed with the fixture */
    struct model *model;
    struct model_store *store;
    struct checkpoint checkpoint; /* of the store, as last committed here */
};

/* For cmocka_unit_test_setup_teardown: *state is a struct model_fixture over `lending`, or over
 * another domain. */
int model_fixture_setup(void **state);
int model_fixture_setup_domain(void **state, const struct domain *domain);
int model_fixture_teardown(void **state);

/* "<directory>/<name>"; the caller frees. */
char *model_fixture_path(const struct model_fixture *fixture, const char *name);

/* Reads the text as model NAME, fails the test if it is refused, and opens a new store for it. */
void model_fixture_open(struct model_fixture *fixture, const char *name, const char *text);
/* The same with a model of the domain. */
void model_fixture_open_own(struct model_fixture *fixture, const char *name);

/* Applies an event at the next position in a transaction of its own. `stream` "loan/L-1". */
enum err model_fixture_apply(struct model_fixture *fixture, const char *stream, int64_t version,
                             const char *type, const char *data, struct error *error);
/* Applies it at this time, in the outside form; it must succeed. */
void model_fixture_apply_at(struct model_fixture *fixture, const char *time, const char *stream,
                            int64_t version, const char *type, const char *data);

/* The rows of a query as "a|b\nc|d\n"; NULL is "NULL". Valid until the next call. */
const char *model_fixture_rows(struct model_fixture *fixture, const char *sql);
