/* Starting safely, the store's transactions, timers and versions of tables. */
#include "shop/shop.h"
#include "tests/sagas/stored_sagas.h"
#include "tests/support/own_log.h"

#include "base/file.h"
#include "http/control.h"
#include "sagas/saga_key.h"
#include "sagas/saga_runner.h"
#include "sagas/saga_statements.h"
#include "shop/saga/order_fulfilment.h"

#include <unistd.h>

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
    stored_sagas_place(store, "O-1");
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox"), 0);
    saga_store_rollback(store);
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 0);
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    assert_ok(saga_store_commit(store, &(struct checkpoint){.position = 7}, &error));
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE kind = 'command'"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox WHERE kind = 'event'"), 1);
    assert_int_equal(stored_sagas_count("SELECT position FROM runner"), 7);
}

static void sagas_that_have_begun_do_not_get_a_new_key(void **state)
{
    (void)state;
    AUTO(text) struct text path = {0};
    struct saga_store *store = stored_sagas_open();
    text_printf(&path, "%s/" SAGA_KEY_FILE, stored_sagas_data());
    saga_store_close(store);
    assert_int_equal(remove(path.at), 0);
    store = stored_sagas_open(); /* none has begun */
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    assert_ok(saga_store_commit(store, &(struct checkpoint){.position = 7}, &error));
    saga_store_close(store);
    assert_int_equal(remove(path.at), 0);
    struct error error = {0};
    assert_int_equal(saga_store_open(stored_sagas_data(), "a test", &store, &error), ERR_CORRUPT);
    assert_text_contains(error.text, "sagas.key is gone, but sagas have begun");
    bool exists = true;
    assert_ok(file_exists(path.at, &exists, &error));
    assert_false(exists);
}

/* What the store has of a saga, whether it remembers it or reads it. */
static void check_order(struct saga_store *store, const char *expected)
{
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_find(store, "order_fulfilment", "O-1", &row, &found, &error));
    assert_true(found);
    assert_string_equal(json_string_or(row.facts, "order", ""), expected);
}

static void what_was_rolled_back_is_not_remembered(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {
        .store = store, .kinds = shop.sagas, .decides = true, .now_us = 1};
    const struct saga_input input = {.kind = SAGA_EVENT,
                                     .category = "order",
                                     .id = "O-1",
                                     .command = "",
                                     .type = "order.shipped.v1",
                                     .position = 9,
                                     .reason = ""};
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    for (int i = 0; i < 2; i++) {
        AUTO(saga_row) struct saga_row row = {0};
        bool found = false;
        assert_ok(saga_store_begin(store, &error));
        check_order(store, "placed");
        assert_ok(saga_store_find(store, "order_fulfilment", "O-1", &row, &found, &error));
        assert_ok(saga_turn_take(&turns, &row, &input, "shipped", &error));
        check_order(store, "shipped");
        if (i == 0)
            saga_store_rollback(store);
        else
            assert_ok(saga_store_commit(store, NULL, &error));
    }
    saga_store_close(store);
    store = stored_sagas_open();
    check_order(store, "shipped");
}

static void a_saga_that_is_there_does_not_begin_again(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    stored_sagas_place(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(stored_sagas_count("SELECT count(*) FROM outbox"), 2);
}

static void a_table_that_running_sagas_need_must_be_there(void **state)
{
    (void)state;
    static const struct saga_kind *none[] = {NULL};
    static struct saga_kind newer;
    static const struct saga_kind *only_newer[] = {&newer, NULL},
                                  *both[] = {&newer, &order_fulfilment, NULL};
    newer = order_fulfilment;
    newer.version = 2;
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_err(ERR_LOCKED, open_runner_with(shop.sagas, -1, false, &error));
    saga_store_close(store);
    struct error told = {0};
    assert_int_equal(open_runner_with(only_newer, -1, false, &told), ERR_DEFINITION);
    assert_text_contains(told.text, "version 1 of the steps of order_fulfilment");
    assert_text_contains(told.text, "O-1");
    assert_int_equal(open_runner_with(none, -1, false, &told), ERR_DEFINITION);
    assert_ok(open_runner_with(both, -1, false, &error));
}

static void a_step_that_the_table_forbids_is_stuck_and_says_so(void **state)
{
    (void)state;
    static const struct saga_step steps[] = {
        {"reserve-stock", SAGA_RUNNING, {"confirm-order"}},
        {"request-payment", SAGA_RUNNING, {NULL}},
        {0},
    };
    static struct saga_kind strict;
    strict = order_fulfilment;
    strict.steps = steps;
    const struct saga_kind *const kinds[] = {&strict, NULL};
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {.store = store, .kinds = kinds, .decides = true, .now_us = 1};
    AUTO(saga_row)
    struct saga_row row = stored_sagas_row("order_fulfilment", "O-1", stored_sagas_order());
    json_object_set_new(json_array_get(json_object_get(row.facts, "items"), 0), "held",
                        json_string("reserved"));
    assert_ok(saga_store_begin(store, &error));
    assert_ok(saga_turn_begin(&turns, &row, "placed", &error));
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(row.phase, SAGA_STUCK);
    assert_string_equal(row.step, "reserve-stock"); /* from where it goes on by a better table */
    assert_string_equal(row.reason,
                        "order_fulfilment O-1 may not move from reserve-stock to request-payment");
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

static void timers_are_found_by_the_first_that_is_due(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    int64_t saga, due_us;
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    stored_sagas_place(store, "O-2");
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
    store = stored_sagas_open(); /* and they survive a restart */
    assert_ok(saga_store_next_timer(store, &saga, &due_us, &error));
    assert_int_equal(saga, 2);
    assert_int_equal(due_us, 3800);
}

static void a_beginning_behind_the_end_of_no_log_is_told(void **state)
{
    (void)state;
    struct error told = {0};
    assert_int_equal(open_runner_with(shop.sagas, 7, true, &told), ERR_USAGE);
    assert_text_contains(told.text, "--from 7: the log ends at position 0");
    assert_ok(open_runner_with(shop.sagas, 0, true, &error));
}

static void what_is_no_http_url_is_told(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"saga", "--to", "ftp://localhost", NULL}, NULL,
                               &errors),
                     2);
    assert_text_contains(errors.at, "--to ftp://localhost: it must begin with http://");
}

static void a_lost_store_is_a_stop_with_a_way_out(void **state)
{
    (void)state;
    struct annal_process commands, saga;
    AUTO(json) json_t *answer = NULL;
    AUTO(json)
    json_t *body = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}}]}", "events", "id", "O-1",
                             "type", "saga.started.v1", "event", "e-1", "correlation", "c",
                             "traceparent", "", "data", "saga", "order_fulfilment", "step", "x");
    annal_start(&commands, stored_sagas_data(),
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_ok(control_call(stored_sagas_data(), "commands", "POST", "/saga-events", body, 5000,
                           &answer, &error));
    json_decref(answer);
    answer = NULL; /* a repeat is not stored again */
    assert_ok(control_call(stored_sagas_data(), "commands", "POST", "/saga-events", body, 5000,
                           &answer, &error));
    struct error told = {0};
    assert_int_equal(open_runner_with(shop.sagas, -1, false, &told), ERR_CORRUPT);
    assert_text_contains(told.text, "the file was lost");
    assert_text_contains(told.text, "--from POSITION");
    assert_int_equal(open_runner_with(shop.sagas, 2, true, &told), ERR_USAGE);
    assert_text_contains(told.text, "the log ends at position 1");
    annal_start(&saga, stored_sagas_data(),
                (const char *[]){"saga", "--commands-listen", "127.0.0.1:0", "--from", "0", NULL});
    wait_until(20, stored_sagas_count("SELECT position FROM runner") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(annal_stop(&commands, 20), 0);
}

/* Every step of the decision of a statement that runs at each start. */
static void decide_of(enum saga_statement which, struct text *out)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text sql = {0};
    AUTO(db) struct db *db = NULL;
    AUTO(statement) struct statement *decision = NULL;
    bool row = true;
    text_printf(&path, "%s/sagas.db", stored_sagas_data());
    assert_ok(db_open_reader(path.at, DB_SAGAS, &db, &error));
    text_printf(&sql, "EXPLAIN QUERY PLAN %s", saga_statements[which].text);
    assert_ok(statement_prepare(db, sql.at, &decision, &error));
    for (;;) {
        assert_ok(statement_step(decision, &row, &error));
        if (!row)
            return;
        text_add_slice(out, statement_text(decision, 3));
        text_add_char(out, '\n');
    }
}

static void a_start_does_not_read_the_sagas_that_have_ended(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    AUTO(text) struct text counts = {0};
    AUTO(text) struct text versions = {0};
    decide_of(SAGA_STATEMENT_SAGA_COUNTS, &counts);
    assert_string_equal(counts.at, "SCAN phases\n");
    decide_of(SAGA_STATEMENT_SAGA_VERSIONS, &versions);
    assert_string_equal(versions.at, "SCAN sagas USING INDEX sagas_running\n");
}

static void sagas_are_counted_by_phase_as_they_move(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = stored_sagas_open();
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    stored_sagas_place(store, "O-2");
    assert_ok(saga_store_find(store, "order_fulfilment", "O-1", &row, &found, &error));
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
    wait_until(20, count_in_log("waiting for `annal commands`") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    annal_spawn(&saga, stored_sagas_data(), words);
    wait_until(20, count_in_log("waiting for `annal commands`") == 2);
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
        STORED_CLAIM(sagas_that_have_begun_do_not_get_a_new_key),
        STORED_CLAIM(everything_a_turn_changes_is_one_transaction),
        STORED_CLAIM(what_was_rolled_back_is_not_remembered),
        STORED_CLAIM(a_saga_that_is_there_does_not_begin_again),
        STORED_CLAIM(a_table_that_running_sagas_need_must_be_there),
        STORED_CLAIM(a_step_that_the_table_forbids_is_stuck_and_says_so),
        STORED_CLAIM(timers_are_found_by_the_first_that_is_due),
        STORED_CLAIM(a_beginning_behind_the_end_of_no_log_is_told),
        STORED_CLAIM(what_is_no_http_url_is_told),
        STORED_CLAIM(a_start_does_not_read_the_sagas_that_have_ended),
        STORED_CLAIM(sagas_are_counted_by_phase_as_they_move),
        STORED_CLAIM(a_lost_store_is_a_stop_with_a_way_out),
        STORED_CLAIM(a_runner_that_waits_for_the_endpoint_reports_it_once_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
