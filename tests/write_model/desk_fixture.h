/* A desk with a new log, and requests to send to it. */
#pragma once

#include "base/db.h"
#include "event_store/event_store.h"
#include "tests/write_model/counter.h"
#include "write_model/command_desk.h"

#include <semaphore.h>

struct desk_fixture {
    const char *directory;
    struct catalogue *catalogue;
    struct command_desk_options options; /* may be changed before a reopen */
    struct command_desk *desk;
};

/* cmocka's setup and teardown: *state is a struct desk_fixture. */
int desk_fixture_setup(void **state);
int desk_fixture_teardown(void **state);
void desk_fixture_reopen(struct desk_fixture *fixture);

/* Runs SQL on the log while the desk is closed, and opens the desk again. */
void desk_fixture_tamper(struct desk_fixture *fixture, const char *sql);

/* A request and its answer. */
struct sent {
    struct command_request request;
    struct command_answer answer;
    struct arena arena;
    sem_t done;
};

/* A request for a command of `counter` with the JSON text `data`. */
void sent_init(struct sent *sent, const char *id, const char *command, const char *data);
void sent_finish(struct sent *sent);

void sent_submit(struct sent *sent, struct command_desk *desk); /* which must take it */
void sent_wait(struct sent *sent);

/* Sends one and waits for its answer. */
void sent_run(struct sent *sent, struct command_desk *desk, const char *id, const char *command,
              const char *data);

#define assert_accepted(sent) assert_int_equal((sent)->answer.err, OK)
#define assert_began(sent)    (assert_accepted(sent), assert_true((sent)->answer.began))

/* The whole answer in one line. */
void sent_write(const struct sent *sent, struct text *out);
void sent_assert(const struct sent *sent, const char *expected);
void sent_assert_detail(const struct sent *sent, const char *part);

/* Sends one and requires this outcome. */
void desk_fixture_send(struct desk_fixture *fixture, const char *id, const char *command,
                       const char *data, enum err expected);

/* The data of a stream's newest event. The caller frees. */
char *desk_fixture_newest(const struct desk_fixture *fixture, const char *stream);

/* How many events the log has, as a reader sees it. */
int64_t desk_fixture_head(const char *directory);
