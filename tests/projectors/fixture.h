/* A log, a catalogue, a read model and its workers in a fresh directory, for the tests of this
 * module.
 */
#pragma once

#include "tests/support/claims.h"

#include "event_store/event_store.h"
#include "operations/action.h"
#include "projectors/projector.h"

#define FIXTURE_PROJECTORS_MOST 8

struct fixture {
    const char *directory;
    struct catalogue *catalogue;
    struct event_store *log;
    struct write_set set;          /* between begin and commit */
    struct model *model, *changed; /* "loans", and a later definition of it */
    struct bus_url bus;
    struct projector *projectors[FIXTURE_PROJECTORS_MOST];
    size_t projector_count;
};

/* Setup and teardown of cmocka; the state is a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Loan `number` of this member. NULL: an event that `model` cannot apply. */
void fixture_open_loan(struct fixture *f, int number, const char *member);
void fixture_add_book(struct fixture *f, int number, int copies);
/* `count` loans from number `from` on, each of a book in as many copies as its number: two events
 * per loan. */
void fixture_add_loans(struct fixture *f, int from, int count);
int64_t fixture_head(struct fixture *f);

/* Another log in the place of this one. */
void fixture_replace_log(struct fixture *f);

/* Keeps a copy of the log, and puts it back: the same log, but shorter. */
void fixture_back_up_log(struct fixture *f);
void fixture_restore_log(struct fixture *f);

/* A worker, destroyed with the fixture, so that one a failed test left behind ends too. */
struct projector *fixture_start(struct fixture *f, const struct model *model, bool force);
bool fixture_is_at(const struct projector *projector, int64_t position);
struct projector_status fixture_status(const struct projector *projector);
/* Starts a worker, waits until it is at the log's head, ends it. */
void fixture_bring_up(struct fixture *f);

struct build_options fixture_rebuild(struct fixture *f);

/* Builds one generation; rebuilds one model. */
enum err build_one(const struct build_options *options, const struct model *model,
                   int64_t *ret_number, struct error *error);
enum err rebuild_one(const struct build_options *options, const struct model *model,
                     int64_t *ret_position, struct error *error);

/* Not ERR_BUSY or ERR_NOT_READY: what was asked of a worker has ended. */
bool fixture_has_ended(enum err err);

/* A number out of the model as readers see it, through the link; -1 if there is nothing to read. */
int64_t fixture_read(struct fixture *f, const char *sql);
/* The same of generation `number`. */
int64_t fixture_read_generation(struct fixture *f, int64_t number, const char *sql);
/* Writes to the file that serves, as somebody with the sqlite3 shell would. */
void fixture_edit(struct fixture *f, const char *sql);
/* What the link names. */
int64_t fixture_current(struct fixture *f);
int64_t fixture_newest(struct fixture *f);
bool fixture_exists(struct fixture *f, int64_t number);
