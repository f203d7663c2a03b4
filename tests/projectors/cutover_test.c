/* The cutover, killed after each of its steps. A child process dies there; the next process must
 * complete the cutover, and no reader may see an empty, partial or older table meanwhile. */
#include "tests/projectors/fixture.h"

#include "projectors/cutover.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static enum cutover_step deadly;

static void die(enum cutover_step step)
{
    if (step == deadly)
        _exit(40 + (int)step);
}

/* A child that rebuilds, without a worker, and dies after the step. */
static void rebuild_and_die(struct fixture *f, enum cutover_step step)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct build_options options = fixture_rebuild(f);
        int64_t position;
        struct error error = {0};
        deadly = step;
        cutover_step_for_test = die;
        enum err err = rebuild_one(&options, f->changed, &position, &error);
        fprintf(stderr, "it did not die: %d %s\n", (int)err, error.text);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 40 + (int)step);
}

/* A reader that looks all the time: positions never go back, rows are never missing. */
struct watcher {
    struct fixture *fixture;
    pthread_t thread;
    atomic_bool stopping, went_back;
};

static void *watch(void *argument)
{
    struct watcher *watcher = argument;
    int64_t position = 0, rows = 0;
    while (!atomic_load(&watcher->stopping)) {
        int64_t now = fixture_read(watcher->fixture, "SELECT position FROM annal_checkpoint");
        int64_t count = fixture_read(watcher->fixture, "SELECT count(*) FROM loans");
        if (now < position || count < rows)
            atomic_store(&watcher->went_back, true);
        position = now;
        rows = count;
    }
    return NULL;
}

static void watcher_start(struct watcher *watcher, struct fixture *f)
{
    *watcher = (struct watcher){.fixture = f};
    assert_int_equal(pthread_create(&watcher->thread, NULL, watch, watcher), 0);
}

static void watcher_end(struct watcher *watcher)
{
    atomic_store(&watcher->stopping, true);
    pthread_join(watcher->thread, NULL);
    assert_false(atomic_load(&watcher->went_back));
}

static void die_and_go_on(struct fixture *f, enum cutover_step step)
{
    struct watcher watcher;
    fixture_add_loans(f, 1, 100);
    fixture_bring_up(f);
    rebuild_and_die(f, step);
    watcher_start(&watcher, f);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 100);

    struct projector *projector = fixture_start(f, f->changed, false);
    wait_until(20, fixture_status(projector).generation == 2);
    fixture_add_loans(f, 101, 1);
    wait_until(20, fixture_is_at(projector, 202));
    watcher_end(&watcher);
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_newest(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE doubled > 0"), 101);
}

#define KILLED_AFTER(name, step)                                                                   \
    static void killed_##name##_it_is_completed(void **state)                                      \
    {                                                                                              \
        die_and_go_on(*state, step);                                                               \
    }
KILLED_AFTER(caught_up, CUTOVER_CAUGHT_UP)
KILLED_AFTER(durable, CUTOVER_DURABLE)
KILLED_AFTER(retired, CUTOVER_RETIRED)
KILLED_AFTER(linked, CUTOVER_LINKED)
KILLED_AFTER(serving, CUTOVER_SERVING)
KILLED_AFTER(removed, CUTOVER_REMOVED)

static void a_rebuild_completes_an_unfinished_one(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    rebuild_and_die(f, CUTOVER_RETIRED);
    assert_int_equal(fixture_current(f), 1);
    struct build_options options = fixture_rebuild(f);
    assert_ok(rebuild_one(&options, f->changed, &position, &error));
    assert_int_equal(position, 20);
    assert_int_equal(fixture_current(f), 3);
    assert_true(fixture_exists(f, 2));
    assert_false(fixture_exists(f, 1));
}

static void a_retired_generation_without_its_successor_serves_again(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0};
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    rebuild_and_die(f, CUTOVER_RETIRED);
    text_printf(&path, "%s/read/loans.2.db", f->directory);
    assert_int_equal(unlink(path.at), 0);
    struct projector *projector = fixture_start(f, f->model, false);
    fixture_add_loans(f, 11, 1);
    wait_until(20, fixture_is_at(projector, 22));
    assert_int_equal(fixture_current(f), 1);
}

static void a_kill_during_the_first_cutover_shows_no_table(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 100);
    rebuild_and_die(f, CUTOVER_DURABLE);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), -1);
    struct projector *projector = fixture_start(f, f->changed, false);
    wait_until(20, fixture_is_at(projector, 200));
    assert_int_equal(fixture_current(f), 1); /* the build continued from the leftover */
}

static void the_worker_takes_over_while_events_keep_coming(void **state)
{
    struct fixture *f = *state;
    struct watcher watcher;
    fixture_add_loans(f, 1, 100);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 200));
    watcher_start(&watcher, f);
    assert_ok(projector_rebuild(projector, &error));
    int number = 101;
    while (fixture_status(projector).generation == 1)
        fixture_add_loans(f, number++, 1);
    fixture_add_loans(f, number, 10);
    wait_until(20, fixture_is_at(projector, fixture_head(f)));
    watcher_end(&watcher);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE copies > 0"), number + 9);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(killed_caught_up_it_is_completed),
        WITH_FIXTURE(killed_durable_it_is_completed),
        WITH_FIXTURE(killed_retired_it_is_completed),
        WITH_FIXTURE(killed_linked_it_is_completed),
        WITH_FIXTURE(killed_serving_it_is_completed),
        WITH_FIXTURE(killed_removed_it_is_completed),
        WITH_FIXTURE(a_rebuild_completes_an_unfinished_one),
        WITH_FIXTURE(a_retired_generation_without_its_successor_serves_again),
        WITH_FIXTURE(a_kill_during_the_first_cutover_shows_no_table),
        WITH_FIXTURE(the_worker_takes_over_while_events_keep_coming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
