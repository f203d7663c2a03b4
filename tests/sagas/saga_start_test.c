/* Starting safely, the store's transactions, timers and versions of tables. */
#include "tests/domain/lending.h"
#include "tests/sagas/stored_sagas.h"
#include "tests/support/own_log.h"

#include "base/file.h"
#include "http/control.h"
#include "sagas/saga_key.h"
#include "sagas/saga_runner.h"
#include "sagas/saga_statements.h"

#include <unistd.h>

extern const struct saga_kind loan_handling;

static struct bus_url bus = {.is_log = true};

static enum err open_runner_with(const struct saga_kind *const *kinds, int64_t from, bool given,
                                 struct error *error)
{
    AUTO(saga_runner) struct saga_runner *runner = NULL;
    return saga_runner_open(
        &(struct saga_runner_options){.data_directory = stored_sagas_data(),
                                      .log_url = own_log_url(stored_sagas_data()),
                                      .bus = &bus,
                                      .commands_url = "http://127.0.0.1:1",
                                      .kinds = kinds,
                                      .from = from,
                                      .from_given = given},
        &runner, error);
}

static void everything_a_turn_changes_is_one_transaction(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox"), 0);
    saga_store_rollback(store);
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 0);
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_commit(store, &(struct checkpoint){.position = 7}, &error));
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE kind = 'command'"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE kind = 'event'"), 1);
    assert_int_equal(stored_sagas_count("SELECT position FROM runner"), 7);
}

static void no_new_key_is_made_once_a_saga_has_begun(void **state)
{
    (void)state;
    AUTO(text) struct text path = {0};
    struct saga_store *store = stored_sagas_open();
    text_printf(&path, "%s/" SAGA_KEY_FILE, stored_sagas_data());
    saga_store_close(store);
    assert_int_equal(remove(path.at), 0);
    store = stored_sagas_open(); /* no saga has begun */
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_commit(store, &(struct checkpoint){.position = 7}, &error));
    saga_store_close(store);
    assert_int_equal(remove(path.at), 0);
    struct error error = {0};
    assert_int_equal(saga_store_open(stored_sagas_data(), "a test", &store, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "sagas.key does not exist, but the sagas in sagas.db need it");
    bool exists = true;
    assert_ok(file_exists(path.at, &exists, &error));
    assert_false(exists);
}

/* The fact that the store returns, from its cache or from the file. */
static void check_loan(struct saga_store *store, const char *expected)
{
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_find(store, "loan_handling", "L-1", &row, &found, &error));
    assert_true(found);
    assert_string_equal(json_string_or(row.facts, "loan", ""), expected);
}

static void a_rollback_also_removes_the_cached_change(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {
        .store = store, .kinds = lending.sagas, .decides = true, .now_us = 1};
    const struct saga_input input = {.kind = SAGA_EVENT,
                                     .category = "loan",
                                     .id = "L-1",
                                     .command = "",
                                     .type = "loan.lent.v1",
                                     .position = 9,
                                     .reason = ""};
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    for (int i = 0; i < 2; i++) {
        AUTO(saga_row) struct saga_row row = {0};
        bool found = false;
        assert_ok(saga_store_begin(store, &error));
        check_loan(store, "requested");
        assert_ok(saga_store_find(store, "loan_handling", "L-1", &row, &found, &error));
        assert_ok(saga_turn_take(&turns, &row, &input, "lent", &error));
        check_loan(store, "lent");
        if (i == 0)
            saga_store_rollback(store);
        else
            assert_ok(saga_store_commit(store, NULL, &error));
    }
    saga_store_close(store);
    store = stored_sagas_open();
    check_loan(store, "lent");
}

static void an_existing_saga_does_not_begin_again(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox"), 2);
}

static void a_start_without_the_steps_of_a_running_saga_fails(void **state)
{
    (void)state;
    static const struct saga_kind *none[] = {NULL};
    static struct saga_kind newer;
    static const struct saga_kind *only_newer[] = {&newer, NULL},
                                  *both[] = {&newer, &loan_handling, NULL};
    newer = loan_handling;
    newer.version = 2;
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_err(ERR_LOCKED, open_runner_with(lending.sagas, -1, false, &error));
    saga_store_close(store);
    struct error refusal = {0};
    assert_int_equal(open_runner_with(only_newer, -1, false, &refusal), ERR_DEFINITION);
    assert_text_contains(refusal.text, "version 1 of the steps of loan_handling");
    assert_text_contains(refusal.text, "L-1");
    assert_int_equal(open_runner_with(none, -1, false, &refusal), ERR_DEFINITION);
    assert_ok(open_runner_with(both, -1, false, &error));
}

static void a_move_that_the_table_forbids_makes_the_saga_stuck(void **state)
{
    (void)state;
    static const struct saga_step steps[] = {
        {"hold-copies", SAGA_RUNNING, {"lend-loan"}},
        {"await-approval", SAGA_WAITING, {NULL}},
        {0},
    };
    static struct saga_kind strict;
    strict = loan_handling;
    strict.steps = steps;
    const struct saga_kind *const kinds[] = {&strict, NULL};
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {.store = store, .kinds = kinds, .decides = true, .now_us = 1};
    AUTO(saga_row)
    struct saga_row row = stored_sagas_row("loan_handling", "L-1", stored_sagas_loan());
    json_object_set_new(json_array_get(json_object_get(row.facts, "books"), 0), "is",
                        json_string("held"));
    assert_ok(saga_store_begin(store, &error));
    assert_ok(saga_turn_begin(&turns, &row, "requested", &error));
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(row.phase, SAGA_STUCK);
    assert_string_equal(row.step, "hold-copies"); /* a corrected table continues from here */
    assert_string_equal(row.reason,
                        "loan_handling L-1 may not move from hold-copies to await-approval");
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE kind = 'command'"), 0);
}

static void set_timer(struct saga_store *store, int64_t number, int64_t wakes_us)
{
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_read(store, number, &row, &found, &error));
    assert_true(found);
    row.wakes_us = wakes_us;
    assert_ok(saga_store_save(store, &row, 1, &error));
}

static void the_store_returns_the_timer_that_is_due_first(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    int64_t saga, due_us;
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    stored_sagas_request(store, "L-2");
    assert_ok(saga_store_next_timer(store, &saga, &due_us, &error));
    assert_int_equal(saga, 0);
    set_timer(store, 1, 300);
    set_timer(store, 2, 200);
    set_timer(store, 1, 100);
    assert_ok(saga_store_next_timer(store, &saga, &due_us, &error));
    assert_int_equal(saga, 1);
    assert_int_equal(due_us, 100);
    assert_ok(saga_store_shift_timers(store, 3600, &error)); /* the clock was stepped */
    set_timer(store, 1, 0);
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    store = stored_sagas_open(); /* timers survive a restart */
    assert_ok(saga_store_next_timer(store, &saga, &due_us, &error));
    assert_int_equal(saga, 2);
    assert_int_equal(due_us, 3800);
}

static void from_beyond_the_end_of_a_missing_log_is_rejected(void **state)
{
    (void)state;
    struct error refusal = {0};
    assert_int_equal(open_runner_with(lending.sagas, 7, true, &refusal), ERR_USAGE);
    assert_text_contains(refusal.text, "--from 7: the log ends at position 0");
    assert_ok(open_runner_with(lending.sagas, 0, true, &error));
}

static void a_target_that_is_not_an_http_url_is_rejected(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"saga", "--to", "ftp://localhost", NULL}, NULL,
                               &errors),
                     2);
    assert_text_contains(errors.at, "--to ftp://localhost: it must begin with http://");
}

static void a_lost_store_prevents_the_start_with_advice(void **state)
{
    (void)state;
    struct annal_process commands, saga;
    AUTO(json) json_t *answer = NULL;
    AUTO(json)
    json_t *body = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}]}", "events", "id", "L-1",
                             "type", "saga.started.v1", "event", "e-1", "correlation", "c",
                             "traceparent", "", "data", "saga", "loan_handling", "step", "x");
    annal_start(&commands, stored_sagas_data(),
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_ok(control_call(stored_sagas_data(), "commands", "POST", "/saga-events", body, 5000,
                           &answer, &error));
    json_decref(answer);
    answer = NULL; /* a repeated event is not stored again */
    assert_ok(control_call(stored_sagas_data(), "commands", "POST", "/saga-events", body, 5000,
                           &answer, &error));
    struct error refusal = {0};
    assert_int_equal(open_runner_with(lending.sagas, -1, false, &refusal), ERR_CORRUPT);
    assert_text_contains(refusal.text, "the file was lost");
    assert_text_contains(refusal.text, "--from POSITION");
    assert_int_equal(open_runner_with(lending.sagas, 2, true, &refusal), ERR_USAGE);
    assert_text_contains(refusal.text, "the log ends at position 1");
    annal_start(&saga, stored_sagas_data(),
                (const char *[]){"saga", "--commands-listen", "127.0.0.1:0", "--from", "0", NULL});
    wait_until(20, stored_sagas_count("SELECT position FROM runner") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(annal_stop(&commands, 20), 0);
}

/* Each line of the query plan of a statement that runs at each start. */
static void explain(enum saga_statement which, struct text *out)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    AUTO(db) struct db *db = NULL;
    AUTO(statement) struct statement *plan = NULL;
    bool row = true;
    text_printf(&path, "%s/sagas.db", stored_sagas_data());
    assert_ok(db_open_reader(path.at, DB_SAGAS, &db, &error));
    text_printf(&sql, "EXPLAIN QUERY PLAN %s", saga_statements[which].text);
    assert_ok(statement_prepare(db, sql.at, &plan, &error));
    for (;;) {
        assert_ok(statement_step(plan, &row, &error));
        if (!row)
            return;
        text_add_slice(out, statement_text(plan, 3));
        text_add_char(out, '\n');
    }
}

static void a_start_does_not_read_ended_sagas(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    AUTO(text) struct text counts = {0};
    AUTO(text) struct text versions = {0};
    explain(SAGA_STATEMENT_SAGA_COUNTS, &counts);
    assert_string_equal(counts.at, "SCAN phases\n");
    explain(SAGA_STATEMENT_SAGA_VERSIONS, &versions);
    assert_string_equal(versions.at, "SCAN sagas USING INDEX sagas_running\n");
}

static void sagas_are_counted_by_phase_as_they_move(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    stored_sagas_request(store, "L-2");
    assert_ok(saga_store_find(store, "loan_handling", "L-1", &row, &found, &error));
    row.phase = SAGA_ENDED;
    assert_ok(saga_store_save(store, &row, 1, &error));
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    store = stored_sagas_open();
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 1);
    assert_int_equal(saga_store_count(store, SAGA_ENDED), 1);
    assert_int_equal(
        stored_sagas_count("SELECT count(*) FROM (SELECT saga, phase, sagas FROM phases "
                           "WHERE sagas > 0 EXCEPT SELECT saga, phase, count(*) FROM "
                           "sagas GROUP BY saga, phase)"),
        0);
}

static int count_in_log(const char *part)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", stored_sagas_data());
    AUTO(string) char *log = access(path.at, F_OK) == 0 ? test_file_read(path.at) : strdup("");
    int count = 0;
    for (const char *at = log; (at = strstr(at, part)); at++)
        count++;
    return count;
}

static void a_runner_that_waits_for_the_endpoint_reports_it_once_and_stops(void **state)
{
    (void)state;
    static const char *const words[] = {
        "saga", "--commands-listen", "127.0.0.1:0", "--bus", "log:", NULL};
    struct annal_process saga, commands;
    annal_spawn(&saga, stored_sagas_data(), words);
    wait_until(20, count_in_log("waiting for `lending_annal commands`") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    annal_spawn(&saga, stored_sagas_data(), words);
    wait_until(20, count_in_log("waiting for `lending_annal commands`") == 2);
    annal_start(
        &commands, stored_sagas_data(),
        (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", "--bus", "log:", NULL});
    annal_wait_ready(&saga, 20);
    assert_int_equal(count_in_log("waiting for"), 2);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(annal_stop(&commands, 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_CLAIM(no_new_key_is_made_once_a_saga_has_begun),
        STORED_CLAIM(everything_a_turn_changes_is_one_transaction),
        STORED_CLAIM(a_rollback_also_removes_the_cached_change),
        STORED_CLAIM(an_existing_saga_does_not_begin_again),
        STORED_CLAIM(a_start_without_the_steps_of_a_running_saga_fails),
        STORED_CLAIM(a_move_that_the_table_forbids_makes_the_saga_stuck),
        STORED_CLAIM(the_store_returns_the_timer_that_is_due_first),
        STORED_CLAIM(from_beyond_the_end_of_a_missing_log_is_rejected),
        STORED_CLAIM(a_target_that_is_not_an_http_url_is_rejected),
        STORED_CLAIM(a_start_does_not_read_ended_sagas),
        STORED_CLAIM(sagas_are_counted_by_phase_as_they_move),
        STORED_CLAIM(a_lost_store_prevents_the_start_with_advice),
        STORED_CLAIM(a_runner_that_waits_for_the_endpoint_reports_it_once_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
