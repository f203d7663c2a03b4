/* A worker for one model, over a real log, following the log itself (`log:`). */
#include "tests/projectors/fixture.h"
#include "tests/support/own_log.h"

#include "http/control.h"

#include <stdio.h>

static void events_become_rows_with_their_checkpoint(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 100);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 200));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 100);
    assert_int_equal(fixture_read(f, "SELECT sum(copies) FROM loans"), 5050);
    assert_int_equal(fixture_read(f, "SELECT position FROM annal_checkpoint"), 200);
    assert_int_equal(fixture_current(f), 1);
}

static void new_events_are_applied_as_they_come(void **state)
{
    struct fixture *f = *state;
    struct projector *projector = fixture_start(f, f->model, false);
    for (int i = 1; i <= 20; i++) {
        fixture_add_loans(f, i, 1);
        wait_until(20, fixture_is_at(projector, 2 * i));
    }
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 20);
}

static void an_empty_log_leaves_an_empty_table(void **state)
{
    struct fixture *f = *state;
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 0));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 0);
}

static void a_worker_may_start_before_the_log_exists(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0}, other = {0};
    event_store_close(f->log);
    f->log = NULL;
    text_printf(&path, "%s/events.db", f->directory);
    text_printf(&other, "%s/not-yet.db", f->directory);
    assert_int_equal(rename(path.at, other.at), 0);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 0));
    assert_int_equal(rename(other.at, path.at), 0);
    assert_ok(own_log_open(f->directory, EVENT_STORE_WRITE, &f->log, &error));
    fixture_add_loans(f, 1, 3);
    wait_until(20, fixture_is_at(projector, 6));
}

static void a_restarted_worker_continues_after_its_checkpoint(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    /* what was applied is not applied again: else this would be put right */
    fixture_edit(f, "UPDATE loans SET copies = 1000 WHERE loan_id = 'L-1'");
    fixture_add_loans(f, 11, 10);
    fixture_bring_up(f);
    assert_int_equal(fixture_current(f), 1);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 20);
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans WHERE loan_id = 'L-1'"), 1000);
}

static void a_second_worker_waits_and_takes_over(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    struct projector *first = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(first, 20));
    struct projector *second = fixture_start(f, f->model, false);
    wait_until(20, fixture_status(second).phase == PROJECTOR_WAITING);
    fixture_add_loans(f, 11, 1);
    wait_until(20, fixture_is_at(first, 22));
    assert_int_equal(fixture_status(second).phase, PROJECTOR_WAITING);
    projector_stop(first);
    assert_ok(projector_join(first, &error));
    fixture_add_loans(f, 12, 1);
    wait_until(20, fixture_is_at(second, 24));
}

static void a_waiting_worker_can_be_stopped(void **state)
{
    struct fixture *f = *state;
    struct projector *first = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(first, 0));
    struct projector *second = fixture_start(f, f->model, false);
    wait_until(20, fixture_status(second).phase == PROJECTOR_WAITING);
    projector_stop(second);
    assert_ok(projector_join(second, &error));
}

static void a_changed_definition_is_built_while_the_old_one_serves(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 2000);
    fixture_bring_up(f);
    struct projector *projector = fixture_start(f, f->changed, false);
    int64_t seen = 0;
    while (fixture_current(f) == 1) { /* the old one is there, complete, until the new one is */
        int64_t rows = fixture_read(f, "SELECT count(*) FROM loans");
        assert_true(rows >= 2000);
        assert_true(rows >= seen);
        seen = rows;
    }
    wait_until(20, fixture_status(projector).generation == 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 2000);
    assert_int_equal(fixture_read(f, "SELECT doubled FROM loans WHERE loan_id = 'L-7'"), 14);
    fixture_add_loans(f, 2001, 1);
    wait_until(20, fixture_is_at(projector, 4002));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE doubled > 0"), 2001);
    assert_true(fixture_exists(f, 1)); /* the previous one is kept */
}

static void a_superseded_definition_is_rejected(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    struct projector *newer = fixture_start(f, f->changed, false);
    wait_until(20, fixture_status(newer).generation == 2);
    projector_stop(newer);
    assert_ok(projector_join(newer, &error));
    struct projector *older = fixture_start(f, f->model, false);
    struct error error = {0};
    assert_int_equal(projector_join(older, &error), ERR_DEFINITION);
    assert_text_contains(error.text, "is older than the serving one");
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_newest(f), 2);
}

static void a_superseded_definition_can_be_forced(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    struct projector *newer = fixture_start(f, f->changed, false);
    wait_until(20, fixture_status(newer).generation == 2);
    projector_stop(newer);
    assert_ok(projector_join(newer, &error));
    struct projector *older = fixture_start(f, f->model, true);
    wait_until(20, fixture_status(older).generation == 3);
    projector_stop(older);
    assert_ok(projector_join(older, &error));
    assert_false(fixture_exists(f, 1));
    /* and now it is the other one that is superseded */
    struct projector *refused = fixture_start(f, f->changed, false);
    assert_err(ERR_DEFINITION, projector_join(refused, &error));
}

static void another_log_is_built_from_its_start_and_followed(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 50);
    fixture_bring_up(f);
    fixture_replace_log(f);
    fixture_add_loans(f, 1000, 3);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 6));
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 3);
    fixture_add_loans(f, 1003, 1);
    wait_until(20, fixture_is_at(projector, 8));
}

static void a_log_restored_from_a_backup_is_another_log(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 5);
    fixture_back_up_log(f);
    fixture_add_loans(f, 6, 45);
    fixture_bring_up(f);
    fixture_restore_log(f);
    fixture_add_loans(f, 1000, 2); /* fewer events than the model has seen, and others */
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 14));
    assert_int_equal(fixture_current(f), 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 7);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE loan_id = 'L-6'"), 0);
}

static void a_damaged_file_stops_the_worker_with_a_message(void **state)
{
    struct fixture *f = *state;
    AUTO(text) struct text path = {0};
    fixture_add_loans(f, 1, 10);
    fixture_bring_up(f);
    text_printf(&path, "%s/read/loans.1.db", f->directory);
    test_file_write(path.at, "this is no database, and long enough to be looked at as one");
    struct projector *projector = fixture_start(f, f->model, false);
    struct error error = {0};
    assert_int_equal(projector_join(projector, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "loans.1.db");
}

static void a_requested_rebuild_runs_beside_the_worker(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 100);
    fixture_bring_up(f);
    fixture_edit(f, "DELETE FROM loans WHERE loan_id = 'L-3'");
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 200));
    assert_ok(projector_rebuild(projector, &error));
    wait_until(20, fixture_status(projector).generation == 2);
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans"), 100);
    wait_until(20, !fixture_status(projector).rebuilding);
    fixture_add_loans(f, 101, 1);
    wait_until(20, fixture_is_at(projector, 202));
}

static void the_holder_answers_on_the_models_socket(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2));
    AUTO(json) json_t *answer = NULL;
    assert_ok(control_call(f->directory, "projector-loans", "GET", "/status", NULL, 2000, &answer,
                           &error));
    assert_string_equal(json_string_value(json_object_get(answer, "phase")), "working");
    assert_int_equal(json_integer_value(json_object_get(answer, "position")), 2);
    AUTO(json) json_t *bad = json_pack("{s:i}", "generation", -3), *none = NULL;
    assert_err(ERR_BAD_REQUEST, control_call(f->directory, "projector-loans", "POST", "/cutover",
                                             bad, 2000, &none, &error));
}

static void a_cutover_to_a_missing_generation_changes_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_add_loans(f, 1, 1);
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, 2));
    struct error error = {0};
    enum err err = ERR_NOT_READY;
    wait_until(20, fixture_has_ended(err = projector_cutover(projector, 9, &error)));
    assert_int_equal(err, ERR_NOT_FOUND);
    fixture_add_loans(f, 2, 1);
    wait_until(20, fixture_is_at(projector, 4));
    assert_int_equal(fixture_current(f), 1);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(events_become_rows_with_their_checkpoint),
        WITH_FIXTURE(new_events_are_applied_as_they_come),
        WITH_FIXTURE(an_empty_log_leaves_an_empty_table),
        WITH_FIXTURE(a_worker_may_start_before_the_log_exists),
        WITH_FIXTURE(a_restarted_worker_continues_after_its_checkpoint),
        WITH_FIXTURE(a_second_worker_waits_and_takes_over),
        WITH_FIXTURE(a_waiting_worker_can_be_stopped),
        WITH_FIXTURE(a_changed_definition_is_built_while_the_old_one_serves),
        WITH_FIXTURE(a_superseded_definition_is_rejected),
        WITH_FIXTURE(a_superseded_definition_can_be_forced),
        WITH_FIXTURE(another_log_is_built_from_its_start_and_followed),
        WITH_FIXTURE(a_log_restored_from_a_backup_is_another_log),
        WITH_FIXTURE(a_damaged_file_stops_the_worker_with_a_message),
        WITH_FIXTURE(a_requested_rebuild_runs_beside_the_worker),
        WITH_FIXTURE(the_holder_answers_on_the_models_socket),
        WITH_FIXTURE(a_cutover_to_a_missing_generation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
