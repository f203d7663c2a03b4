/* Poison: an event whose handler fails parks its stream, and only that. */
#include "tests/projectors/fixture.h"

#include "base/db.h"
#include "operations/action.h"
#include "projectors/dead_letters_list.h"
#include "projectors/generation_build.h"
#include "projectors/step_limits.h"
#include "projectors/worker.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/model.h"
#include "read_model/store/generation.h"
#include "tests/support/own_log.h"

/* Loan 2 begins with a poison event and gets two books; loans 1 and 3 are sound. */
static void add_poison(struct fixture *f)
{
    fixture_add_loans(f, 1, 1);
    fixture_open_loan(f, 2, NULL);
    fixture_add_book(f, 2, 5);
    fixture_add_loans(f, 3, 1);
    fixture_add_book(f, 2, 7);
}

static int64_t waiting(struct fixture *f)
{
    return fixture_read(f, "SELECT count(*) FROM annal_parked WHERE stream = 'loan/L-2'");
}

static void poison_parks_its_stream_and_no_other(void **state)
{
    struct fixture *f = *state;
    struct projector *projector = fixture_start(f, f->model, false);
    add_poison(f);
    wait_until(20, fixture_is_at(projector, 7));
    assert_int_equal(fixture_status(projector).parked, 1);
    assert_int_equal(waiting(f), 3);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 2);
    assert_int_equal(fixture_read(f, "SELECT position FROM annal_dead_letters"), 3);
    fixture_add_book(f, 1, 1);
    wait_until(20, fixture_is_at(projector, 8));
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-1'"), 2);
}

#define LARGE_BYTES (1 << 20)

/* Events of a mebibyte each, behind a poison event. */
static void add_large_events(struct fixture *f, int count)
{
    static char data[LARGE_BYTES + 1] = "";
    struct write_set set;
    memset(data, '1', LARGE_BYTES);
    own_log_begin(f->log, &set);
    for (int i = 0; i < count; i++) {
        struct event event = {.type = slice_of("loan.book-added.v1"),
                              .id = slice_of("a"),
                              .data = slice_of(data),
                              .meta = slice_of("{}")};
        own_log_add(f->log, &set, "loan/L-2", 1, &event);
    }
    own_log_store(f->log, &set);
}

static void a_worker_ends_when_too_much_is_parked(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    struct error stopped = {0};
    add_poison(f);
    add_large_events(f, 65);
    struct build_options options = fixture_rebuild(f);
    assert_int_equal(rebuild_one(&options, f->model, &position, &stopped), ERR_DEFINITION);
    assert_text_contains(stopped.text, "1 streams with events of 66"); /* million bytes */
    assert_text_contains(stopped.text, "correct the model and rebuild it");
}

static void a_restarted_worker_knows_the_parked_streams(void **state)
{
    struct fixture *f = *state;
    add_poison(f);
    fixture_bring_up(f);
    fixture_add_book(f, 2, 9);
    fixture_bring_up(f);
    assert_int_equal(waiting(f), 4);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 1);
}

static void a_rebuild_parks_the_same_streams(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    add_poison(f);
    fixture_bring_up(f);
    struct build_options options = fixture_rebuild(f);
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(position, 7);
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(waiting(f), 3);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 2);
}

static enum err ask_until_done(enum err (*ask)(struct projector *, struct error *),
                               struct projector *projector, struct error *error)
{
    enum err err = ERR_NOT_READY;
    wait_until(20, fixture_has_ended(err = ask(projector, error)));
    return err;
}

static enum err retry(struct projector *projector, struct error *error)
{
    return projector_retry(projector, "loan/L-2", error);
}

static enum err give_up(struct projector *projector, struct error *error)
{
    return projector_skip(projector, "loan/L-2", 3, "a test", error);
}

/* The cause is outside the definition: here, somebody's row is in the way. */
static void retry_applies_the_parked_events_in_order(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    fixture_bring_up(f);
    fixture_edit(f, "INSERT INTO loans (loan_id, member) VALUES ('L-2', 'in the way')");
    fixture_open_loan(f, 2, "C2");
    fixture_add_book(f, 2, 5);
    fixture_bring_up(f);
    assert_int_equal(waiting(f), 2);
    fixture_edit(f, "DELETE FROM loans WHERE member = 'in the way'");
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 4));
    assert_ok(ask_until_done(retry, projector, &error));
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-2'"), 5);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_parked"), 0);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 0);
    fixture_add_book(f, 2, 2);
    wait_until(20, fixture_is_at(projector, 5));
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-2'"), 7);
}

static void retry_of_a_poison_event_reports_the_reason(void **state)
{
    struct fixture *f = *state;
    add_poison(f);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 7));
    struct error error = {0};
    assert_int_equal(ask_until_done(retry, projector, &error), ERR_POISON);
    assert_text_contains(error.text, "member");
    assert_int_equal(waiting(f), 3);
    assert_int_equal(fixture_read(f, "SELECT tries FROM annal_dead_letters"), 6);
}

static void retry_of_a_stream_that_is_not_parked_is_rejected(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2));
    assert_err(ERR_NOT_FOUND, ask_until_done(retry, projector, &error));
    assert_err(ERR_NOT_FOUND, ask_until_done(give_up, projector, &error));
}

static void skip_omits_one_event_and_applies_those_after_it(void **state)
{
    struct fixture *f = *state;
    add_poison(f);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 7));
    assert_ok(ask_until_done(give_up, projector, &error));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_parked"), 0);
    assert_int_equal(fixture_read(f, "SELECT position FROM annal_skipped"), 3);
    wait_until(20, fixture_status(projector).parked == 0);
    assert_err(ERR_NOT_FOUND,
               ask_until_done(give_up, projector, &error)); /* a repeat skips nothing */
}

static void a_skipped_event_is_skipped_in_every_later_generation(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    add_poison(f);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 7));
    assert_ok(ask_until_done(give_up, projector, &error));
    struct build_options options = fixture_rebuild(f);
    for (int generation = 2; generation <= 3; generation++) {
        assert_ok(rebuild_one(&options, f->model, &position, &error));
        assert_int_equal(fixture_current(f), generation);
        assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 0);
        assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_skipped"), 1);
    }
}

static void skip_and_rebuild(struct fixture *f)
{
    int64_t position = 0;
    struct build_options options = fixture_rebuild(f);
    assert_ok(action_skip(f->directory, "loans", "loan/L-2", 3, "a test", &error));
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_current(f), 2);
}

/* Even after the cause, a conflicting row, was removed. */
static void a_skipped_event_is_not_applied_even_if_it_could_be(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    fixture_bring_up(f);
    fixture_edit(f, "INSERT INTO loans (loan_id, member) VALUES ('L-2', 'in the way')");
    fixture_open_loan(f, 2, "C2");
    fixture_bring_up(f);
    skip_and_rebuild(f);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_skipped"), 1);
}

/* It is taken from the generation before. */
static void a_skipped_event_is_skipped_even_if_the_served_file_is_damaged(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0};
    int64_t position = 0;
    add_poison(f);
    fixture_bring_up(f);
    skip_and_rebuild(f);
    struct build_options options = fixture_rebuild(f);
    text_printf(&path, "%s/read/loans.2.db", f->directory);
    test_file_write(path.at, "this is no database, and long enough to be looked at as one");
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_current(f), 3);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_skipped"), 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 0);
}

static void an_event_skipped_during_a_build_is_skipped_in_it_too(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    add_poison(f);
    fixture_bring_up(f);
    struct build_options options = fixture_rebuild(f);
    assert_ok(build_one(&options, f->model, &position, &error));
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 7));
    assert_ok(ask_until_done(give_up, projector, &error));
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 0);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_parked"), 0);
}

/* ---- tasks: with a worker and without ---- */

static enum err task_retry(struct fixture *f, const char *stream, struct error *error)
{
    return action_retry(f->directory, "loans", stream, error);
}

static enum err task_skip(struct fixture *f, int64_t position, struct error *error)
{
    return action_skip(f->directory, "loans", "loan/L-2", position, "a test", error);
}

static void repair_in_every_way(struct fixture *f)
{
    struct error error = {0};
    assert_int_equal(task_retry(f, "loan/L-2", &error), ERR_POISON);
    assert_text_contains(error.text, "member");
    assert_err(ERR_NOT_FOUND, task_retry(f, "loan/L-1", &error));
    assert_err(ERR_NOT_FOUND, task_skip(f, 4, &error));
    assert_int_equal(waiting(f), 3);
    assert_ok(task_skip(f, 3, &error));
    assert_int_equal(waiting(f), 0);
    assert_int_equal(fixture_read(f, "SELECT reason = 'a test' FROM annal_skipped"), 1);
    assert_err(ERR_NOT_FOUND, task_skip(f, 3, &error));
}

static void a_task_repairs_a_model_that_no_process_holds(void **state)
{
    struct fixture *f = *state;
    add_poison(f);
    fixture_bring_up(f);
    repair_in_every_way(f);
}

static void a_task_asks_the_worker_that_holds_the_model(void **state)
{
    struct fixture *f = *state;
    struct projector *projector = fixture_start(f, f->model, false);
    add_poison(f);
    wait_until(20, fixture_is_at(projector, 7));
    repair_in_every_way(f);
    assert_int_equal(fixture_status(projector).parked, 0);
}

/* ---- listing ---- */

static void note(void *context, const struct dead_letter *letter)
{
    text_printf(context, "%.*s %lld %.*s behind %lld;", SLICE(letter->stream),
                (long long)letter->position, SLICE(letter->type), (long long)letter->behind);
}

static void parked_streams_are_listed_and_shown(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0}, list = {0};
    AUTO(db) struct db *db = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    add_poison(f);
    fixture_open_loan(f, 4, NULL);
    fixture_bring_up(f);
    generation_path(f->directory, "loans", 0, &path);
    assert_ok(db_open_reader(path.at, DB_READ_MODEL, &db, &error));
    assert_ok(dead_letters_list(db, slice_of(""), 10, note, &list, &error));
    assert_string_equal(list.at, "loan/L-2 3 loan.opened.v1 behind 2;"
                                 "loan/L-4 8 loan.opened.v1 behind 0;");
    text_clear(&list);
    assert_ok(dead_letters_list(db, slice_of("loan/L-2"), 10, note, &list, &error));
    assert_string_equal(list.at, "loan/L-4 8 loan.opened.v1 behind 0;");
    assert_ok(dead_letters_list_event(db, slice_of("loan/L-2"), &batch, &error));
    assert_int_equal(batch.events[0].position, 3);
    assert_true(slice_is(batch.events[0].data, "{\"branch\":\"CPH\"}"));
    assert_err(ERR_NOT_FOUND, dead_letters_list_event(db, slice_of("loan/L-1"), &batch, &error));
}

/* Counts without end for the member "endless". */
static const char endless[] =
    "-- schema\n"
    "CREATE TABLE loans (loan_id TEXT PRIMARY KEY, n INTEGER, copies INTEGER DEFAULT 0) STRICT;\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO loans (loan_id, n) VALUES (:id, (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL\n"
    "  SELECT x + 1 FROM c WHERE :data ->> 'memberId' = 'endless') SELECT count(*) FROM c));\n"
    "-- on loan.book.added.v1\n"
    "UPDATE loans SET copies = copies + (:data ->> 'copies') WHERE loan_id = :id;\n";

static int set_up_endless(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    model_destroy(f->model);
    f->model = NULL;
    assert_ok(model_read("loans.sql", slice_of(endless), f->catalogue, &f->model, &error));
    guard_limit_set_for_test(1);
    return 0;
}

static int tear_down_endless(void **state)
{
    int result = fixture_teardown(state);
    guard_limit_set_for_test(0);
    return result;
}

static void assert_loan_2_is_parked(struct fixture *f)
{
    assert_int_equal(waiting(f), 3);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 2);
    assert_int_equal(fixture_read(f, "SELECT sum(copies) FROM loans"), 4);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters WHERE position = 3 "
                                     "AND reason LIKE '%too many steps'"),
                     1);
}

static void an_event_that_reaches_the_step_limit_parks_its_stream(void **state)
{
    struct fixture *f = *state;
    int64_t position = 0;
    struct error error = {0};
    fixture_add_loans(f, 1, 1);
    fixture_open_loan(f, 2, "endless");
    fixture_add_book(f, 2, 5);
    fixture_add_loans(f, 3, 1);
    fixture_add_book(f, 2, 7);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 7));
    assert_int_equal(fixture_status(projector).parked, 1);
    assert_loan_2_is_parked(f);
    for (int i = 0; i < STEP_LIMITS_IN_A_ROW + 1; i++) { /* the same stream is no other one */
        assert_int_equal(ask_until_done(retry, projector, &error), ERR_POISON);
        assert_text_contains(error.text, "too many steps");
    }
    assert_loan_2_is_parked(f);
    projector_stop(projector);
    assert_ok(projector_join(projector, &error));
    struct build_options options = fixture_rebuild(f);
    assert_ok(rebuild_one(&options, f->model, &position, &error));
    assert_int_equal(position, 7);
    assert_loan_2_is_parked(f);
}

/* In a transaction of a live worker, behind events that were applied in it. */
static void events_before_the_step_limit_are_applied_once(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2));
    for (int i = 10; i < 14; i++) {
        fixture_add_book(f, 1, 1);
        fixture_open_loan(f, i, i % 2 ? "endless" : "C1");
    }
    wait_until(20, fixture_is_at(projector, 10));
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-1'"), 5);
    assert_int_equal(fixture_status(projector).parked, 2);
}

static void a_definition_that_repeatedly_reaches_the_step_limit_ends_the_worker(void **state)
{
    struct fixture *f = *state;
    struct error error = {0};
    fixture_add_loans(f, 1, 1);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2));
    for (int i = 10; i < 10 + STEP_LIMITS_IN_A_ROW; i++) {
        fixture_open_loan(f, i, "endless");
        fixture_add_book(f, 1, 1); /* of another type */
    }
    wait_until(20, fixture_status(projector).phase == PROJECTOR_ENDED);
    assert_int_equal(projector_join(projector, &error), ERR_DEFINITION);
    assert_text_contains(error.text, "loans.sql:");
    assert_text_contains(error.text, "correct the definition of the model");
}

static void requested_retries_do_not_end_the_worker(void **state)
{
    struct fixture *f = *state;
    static const char *const streams[] = {"loan/L-11", "loan/L-13", "loan/L-15"};
    struct projector *projector = fixture_start(f, f->model, false);
    for (int i = 10; i < 17; i++)
        fixture_open_loan(f, i, i % 2 ? "endless" : "C1");
    wait_until(20, fixture_is_at(projector, 7));
    for (int i = 0; i < STEP_LIMITS_IN_A_ROW; i++) {
        struct error error = {0};
        enum err err = ERR_NOT_READY;
        wait_until(20, fixture_has_ended(err = projector_retry(projector, streams[i], &error)));
        assert_int_equal(err, ERR_POISON);
    }
    assert_int_equal(fixture_status(projector).phase, PROJECTOR_WORKING);
}

static void requests_about_different_streams_are_different(void **state)
{
    (void)state;
    const struct request first = {.kind = REQUEST_RETRY, .stream = "loan/L-1"};
    const struct request second = {.kind = REQUEST_RETRY, .stream = "loan/L-2"};
    assert_true(worker_is_same_request(&first, &first));
    assert_false(worker_is_same_request(&first, &second));
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define WITH_ENDLESS(test) cmocka_unit_test_setup_teardown(test, set_up_endless, tear_down_endless)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_about_different_streams_are_different),
        WITH_FIXTURE(poison_parks_its_stream_and_no_other),
        WITH_FIXTURE(a_worker_ends_when_too_much_is_parked),
        WITH_FIXTURE(a_restarted_worker_knows_the_parked_streams),
        WITH_FIXTURE(a_rebuild_parks_the_same_streams),
        WITH_FIXTURE(retry_applies_the_parked_events_in_order),
        WITH_FIXTURE(retry_of_a_poison_event_reports_the_reason),
        WITH_FIXTURE(retry_of_a_stream_that_is_not_parked_is_rejected),
        WITH_FIXTURE(skip_omits_one_event_and_applies_those_after_it),
        WITH_FIXTURE(a_skipped_event_is_skipped_in_every_later_generation),
        WITH_FIXTURE(a_skipped_event_is_not_applied_even_if_it_could_be),
        WITH_FIXTURE(a_skipped_event_is_skipped_even_if_the_served_file_is_damaged),
        WITH_FIXTURE(an_event_skipped_during_a_build_is_skipped_in_it_too),
        WITH_FIXTURE(a_task_repairs_a_model_that_no_process_holds),
        WITH_FIXTURE(a_task_asks_the_worker_that_holds_the_model),
        WITH_FIXTURE(parked_streams_are_listed_and_shown),
        WITH_ENDLESS(an_event_that_reaches_the_step_limit_parks_its_stream),
        WITH_ENDLESS(requested_retries_do_not_end_the_worker),
        WITH_ENDLESS(events_before_the_step_limit_are_applied_once),
        WITH_ENDLESS(a_definition_that_repeatedly_reaches_the_step_limit_ends_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
