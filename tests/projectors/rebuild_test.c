/* Rebuilding: what it gives, what it leaves when it is stopped, and who has it served. */
#include "tests/projectors/fixture.h"

#include "base/db.h"
#include "projectors/generation_build.h"
#include "read_model/definition/model.h"
#include "read_model/store/generation.h"
#include "read_model/store/model_store.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void rebuild_and_compare(struct fixture *f, int64_t head)
{
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(position, head);
    assert_int_equal(fixture_read(f, "SELECT position FROM annal_checkpoint"), head);
    assert_int_equal(fixture_read(f, "SELECT state = 'serving' FROM annal_generation"), 1);
}

static void an_empty_log_is_rebuilt_to_an_empty_table(void **state)
{
    struct fixture *f = *state;
    rebuild_and_compare(f, 0);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 0);
    fixture_add_loans(f, 1, 1);
    fixture_bring_up(f);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 1);
}

static void a_log_of_one_event_is_rebuilt(void **state)
{
    struct fixture *f = *state;
    fixture_open_loan(f, 1, "C1");
    rebuild_and_compare(f, 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 1);
}

static void a_rebuild_creates_the_same_rows_and_indexes(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 3000);
    fixture_bring_up(f);
    rebuild_and_compare(f, 6000);
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 3000);
    assert_int_equal(fixture_read(f, "SELECT sum(copies) FROM loans"),
                     fixture_read_generation(f, 1, "SELECT sum(copies) FROM loans"));
    assert_int_equal(
        fixture_read(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'loans_by_member'"), 1);
}

static void handlers_without_a_matching_event_advance_the_checkpoint_to_the_head(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *model = NULL;
    const char *definition = "-- schema\n"
                             "CREATE TABLE releases (id TEXT PRIMARY KEY) STRICT;\n"
                             "-- on shelf.released.v1\n"
                             "INSERT INTO releases (id) VALUES (:id);\n";
    assert_ok(model_read("loans.sql", slice_of(definition), f->catalogue, &model, &error));
    fixture_add_loans(f, 1, 100);
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_one(&options, model, &position, &error));
    assert_int_equal(position, 200);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM releases"), 0);
}

static void only_two_generations_are_kept(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    for (int i = 0; i < 4; i++)
        rebuild_and_compare(f, 20);
    assert_int_equal(fixture_current(f), 4);
    assert_true(fixture_exists(f, 3));
    assert_false(fixture_exists(f, 2));
    assert_false(fixture_exists(f, 1));
}

/* ---- stopping and going on ---- */

struct stopping {
    int64_t at, began_at;
};

static bool stop_there(void *context, int64_t position, int64_t head)
{
    struct stopping *stopping = context;
    (void)head;
    if (stopping->began_at < 0) {
        stopping->began_at = position;
        test_pause_ms(150); /* so that it is asked again after the first batch */
    }
    return position < stopping->at;
}

/* Stops after the first batch. */
static void stop_in_the_middle(struct fixture *f, const struct model *model)
{
    struct stopping stopping = {.at = 1, .began_at = -1};
    struct build_options options = fixture_rebuild(f);
    options.progress = stop_there;
    options.context = &stopping;
    int64_t position = -1;
    assert_err(ERR_INTERRUPTED, rebuild_one(&options, model, &position, &error));
}

static void make_long_log(struct fixture *f)
{
    fixture_add_loans(f, 1, 2000);
}

static void a_stopped_rebuild_leaves_the_old_generation_serving_and_is_continued(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    fixture_add_loans(f, 11, 2000);
    stop_in_the_middle(f, f->model);
    assert_int_equal(fixture_current(f), 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 10);
    int64_t reached = fixture_read_generation(f, 2, "SELECT position FROM annal_checkpoint");
    assert_true(reached > 0);
    assert_true(reached < fixture_head(f));

    struct stopping whole = {.at = INT64_MAX, .began_at = -1};
    struct build_options options = fixture_rebuild(f);
    options.progress = stop_there;
    options.context = &whole;
    int64_t position = -1;
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(whole.began_at, reached);
    assert_int_equal(position, fixture_head(f));
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE copies > 0"), 2010);
}

/* The first call takes long enough for the first batch to be committed. */
static bool die_there(void *context, int64_t position, int64_t head)
{
    (void)context, (void)head;
    if (position > 0)
        _exit(9);
    test_pause_ms(1100);
    return true;
}

static void a_killed_rebuild_is_continued(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 2000);
    pid_t child = fork();
    if (child == 0) {
        struct build_options options = fixture_rebuild(f);
        int64_t position;
        options.progress = die_there;
        _exit(rebuild_one(&options, f->model, &position, NULL) == OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 9);
    assert_int_equal(fixture_current(f), 0);

    struct stopping whole = {.at = INT64_MAX, .began_at = -1};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    options.progress = stop_there;
    options.context = &whole;
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_true(whole.began_at > 0);
    assert_int_equal(fixture_current(f), 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE copies > 0"), 2000);
}

static void edit_generation(struct fixture *f, int64_t number, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    generation_path(f->directory, "loans", number, &path);
    assert_ok(db_open_writer(path.at, DB_READ_MODEL, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db, sql, &error));
}

/* Marks the leftover's rows, to see whether the build continued from them. */
static int64_t marked_after_rebuild(struct fixture *f, const struct model *model)
{
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_one(&options, model, &position, &error));
    assert_int_equal(position, fixture_head(f));
    return fixture_read(f, "SELECT count(*) FROM loans WHERE member = 'marked'");
}

static void a_leftover_of_this_boot_is_continued(void **state)
{
    struct fixture *f = *state;
    make_long_log(f);
    stop_in_the_middle(f, f->model);
    edit_generation(f, 1, "UPDATE loans SET member = 'marked' WHERE loan_id = 'L-1'");
    assert_int_equal(marked_after_rebuild(f, f->model), 1);
}

static void a_leftover_of_another_boot_is_discarded(void **state)
{
    struct fixture *f = *state;
    make_long_log(f);
    stop_in_the_middle(f, f->model);
    edit_generation(f, 1,
                    "UPDATE loans SET member = 'marked' WHERE loan_id = 'L-1';"
                    "UPDATE annal_build SET boot_id = 'before the power cut'");
    assert_int_equal(marked_after_rebuild(f, f->model), 0);
}

static void a_leftover_of_another_definition_is_discarded(void **state)
{
    struct fixture *f = *state;
    make_long_log(f);
    stop_in_the_middle(f, f->model);
    edit_generation(f, 1, "UPDATE loans SET member = 'marked' WHERE loan_id = 'L-1'");
    assert_int_equal(marked_after_rebuild(f, f->changed), 0);
    assert_int_equal(fixture_read(f, "SELECT min(doubled) > 0 FROM loans"), 1);
}

static void a_leftover_of_another_log_is_discarded(void **state)
{
    struct fixture *f = *state;
    make_long_log(f);
    stop_in_the_middle(f, f->model);
    fixture_replace_log(f);
    make_long_log(f);
    edit_generation(f, 1, "UPDATE loans SET member = 'marked' WHERE loan_id = 'L-1'");
    assert_int_equal(marked_after_rebuild(f, f->model), 0);
}

static void a_leftover_with_events_that_a_restored_log_lacks_is_discarded(void **state)
{
    struct fixture *f = *state;
    int64_t number = 0, position = 0;
    struct build_options options = fixture_rebuild(f);
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    fixture_back_up_log(f);
    fixture_add_loans(f, 11, 10);
    assert_ok(build_one(&options, f->model, &number, &error));
    fixture_restore_log(f);
    fixture_add_loans(f, 1000, 30);
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(position, 80);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 40);
}

static void refuses_to_rebuild(struct fixture *f)
{
    struct build_options options = fixture_rebuild(f);
    struct error error = {0};
    int64_t position = 0;
    assert_int_equal(rebuild_one(&options, f->model, &position, &error), ERR_IO);
    assert_int_equal(fixture_current(f), 1);
}

static void a_model_is_not_rebuilt_without_its_log(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text there = {0}, away = {0}, file = {0};
    text_printf(&there, "%s/events.db", f->directory);
    text_printf(&away, "%s.away", there.at);
    generation_path(f->directory, "loans", 1, &file);
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    assert_int_equal(rename(there.at, away.at), 0);
    refuses_to_rebuild(f);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 10);
    test_file_write(file.at,
                    "damaged: nobody can say which log it followed, but it had one. ......");
    refuses_to_rebuild(f);
    assert_int_equal(rename(away.at, there.at), 0);
    struct build_options options = fixture_rebuild(f);
    int64_t position = 0;
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 10);
}

static void a_damaged_leftover_is_discarded(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0};
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    text_printf(&path, "%s/read/loans.2.db", f->directory);
    test_file_write(path.at, "half a page of something that was never a database");
    rebuild_and_compare(f, 20);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 10);
}

/* A limit of the size of files takes the place of a full disk. */
static void a_rebuild_without_space_fails_and_can_be_repeated(void **state)
{
    struct fixture *f = *state;
    struct rlimit before, little;
    struct error error = {0};
    int64_t position = 0;
    struct build_options options = fixture_rebuild(f);
    fixture_add_loans(f, 1, 10);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = (struct rlimit){512, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    enum err err = rebuild_one(&options, f->model, &position, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(err, ERR_IO);
    assert_text_contains(error.text, "loans.1.db");
    assert_int_equal(fixture_current(f), 0);
    rebuild_and_compare(f, 20);
}

/* ---- together with others ---- */

static void a_second_rebuild_at_the_same_time_is_rejected(void **state)
{
    struct fixture *f = *state;
    AUTO(lock_file) struct lock_file *lock = NULL;
    fixture_add_loans(f, 1, 10);
    assert_ok(generation_lock_rebuild(f->directory, "loans", &lock, &error));
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_err(ERR_LOCKED, rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_newest(f), 0);
}

static void a_task_asks_the_holder_for_the_cutover(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 100);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 200));
    rebuild_and_compare(f, 200);
    assert_int_equal(fixture_status(projector).generation, 2);
    fixture_add_loans(f, 101, 1);
    wait_until(20, fixture_is_at(projector, 202));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 101);
}

static void the_holder_continues_with_a_newer_programs_definition(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 100);
    struct projector *older = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(older, 200));
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_one(&options, f->changed, &position, &error));
    assert_int_equal(fixture_current(f), 2);
    fixture_add_loans(f, 101, 1);
    wait_until(20, fixture_is_at(older, 202));
    assert_int_equal(fixture_read(f, "SELECT doubled FROM loans WHERE loan_id = 'L-101'"), 202);
    assert_int_equal(fixture_newest(f), 2); /* it does not roll it back */
}

static void a_superseded_definition_is_not_rebuilt_unless_forced(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    rebuild_and_compare(f, 20);
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_one(&options, f->changed, &position, &error));
    options = fixture_rebuild(f);
    assert_err(ERR_DEFINITION, rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_newest(f), 2);
    options.force = true;
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_current(f), 3);
}

static void a_damaged_served_file_can_be_replaced(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0};
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    text_printf(&path, "%s/read/loans.1.db", f->directory);
    test_file_write(path.at, "this is no database, and long enough to be looked at as one");
    rebuild_and_compare(f, 20);
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 10);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(an_empty_log_is_rebuilt_to_an_empty_table),
        WITH_FIXTURE(a_log_of_one_event_is_rebuilt),
        WITH_FIXTURE(a_rebuild_creates_the_same_rows_and_indexes),
        WITH_FIXTURE(handlers_without_a_matching_event_advance_the_checkpoint_to_the_head),
        WITH_FIXTURE(only_two_generations_are_kept),
        WITH_FIXTURE(a_stopped_rebuild_leaves_the_old_generation_serving_and_is_continued),
        WITH_FIXTURE(a_killed_rebuild_is_continued),
        WITH_FIXTURE(a_leftover_of_this_boot_is_continued),
        WITH_FIXTURE(a_leftover_of_another_boot_is_discarded),
        WITH_FIXTURE(a_leftover_of_another_definition_is_discarded),
        WITH_FIXTURE(a_leftover_of_another_log_is_discarded),
        WITH_FIXTURE(a_leftover_with_events_that_a_restored_log_lacks_is_discarded),
        WITH_FIXTURE(a_model_is_not_rebuilt_without_its_log),
        WITH_FIXTURE(a_damaged_leftover_is_discarded),
        WITH_FIXTURE(a_rebuild_without_space_fails_and_can_be_repeated),
        WITH_FIXTURE(a_second_rebuild_at_the_same_time_is_rejected),
        WITH_FIXTURE(a_task_asks_the_holder_for_the_cutover),
        WITH_FIXTURE(the_holder_continues_with_a_newer_programs_definition),
        WITH_FIXTURE(a_superseded_definition_is_not_rebuilt_unless_forced),
        WITH_FIXTURE(a_damaged_served_file_can_be_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
