/* Starting safely, the store's transactions, timers and versions of tables. */
#include "tests/support/annal_process.h"

#include "base/clock.h"
#include "base/json.h"
#include "sagas/breaker.h"
#include "sagas/dispatch_list.h"
#include "sagas/order_fulfilment.h"
#include "sagas/saga_runner.h"
#include "sagas/saga_turn.h"
#include "telemetry/control.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char *data;

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_directory_remove(data);
    return 0;
}

static struct bus_url bus = {.is_log = true};

static enum err open_runner_with(const struct saga_kind *const *kinds, int64_t from, bool given,
                                 struct error *error)
{
    AUTO(saga_runner) struct saga_runner *runner = NULL;
    return saga_runner_open(&(struct saga_runner_options){.data_directory = data,
                                                          .bus = &bus,
                                                          .commands_url = "http://127.0.0.1:1",
                                                          .kinds = kinds,
                                                          .from = from,
                                                          .from_given = given},
                            &runner, error);
}

static struct saga_row row_of(const char *id)
{
    struct saga_row row = {.version = 1};
    snprintf(row.saga, sizeof row.saga, "order_fulfilment");
    snprintf(row.id, sizeof row.id, "%s", id);
    snprintf(row.correlation, sizeof row.correlation, "C");
    row.facts = json_pack("{s:s, s:s, s:s, s:I, s:I, s:[{s:s, s:I, s:s}]}", "order", "placed",
                          "payment", "none", "currency", "EUR", "amount", (json_int_t)1,
                          "paymentTimeoutMs", (json_int_t)1000, "items", "productId", "P-1",
                          "quantity", (json_int_t)1, "held", "none");
    return row;
}

static struct saga_store *open_store(void)
{
    struct saga_store *store = NULL;
    assert_ok(saga_store_open(data, "a test", &store, &error));
    if (saga_store_is_new(store))
        assert_ok(saga_store_begin_at(store, &(struct checkpoint){0}, &error));
    return store;
}

static void begin_saga(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {.store = store, .kinds = sagas, .plans = true, .now_us = 1};
    AUTO(saga_row) struct saga_row row = row_of(id);
    assert_ok(saga_turn_begin(&turns, &row, "placed", &error));
}

static int64_t count_rows(const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    int64_t count = -1;
    text_printf(&path, "%s/sagas.db", data);
    assert_ok(db_open_reader(path.at, &db, &error));
    assert_ok(db_read_int(db, sql, &count, &error));
    return count;
}

static void everything_a_turn_changes_is_one_transaction(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
    assert_int_equal(count_rows("SELECT count(*) FROM outbox"), 0);
    saga_store_rollback(store);
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 0);
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
    assert_ok(saga_store_commit(store, &(struct checkpoint){.position = 7}, &error));
    assert_int_equal(saga_store_count(store, SAGA_RUNNING), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM outbox WHERE kind = 'command'"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM outbox WHERE kind = 'event'"), 1);
    assert_int_equal(count_rows("SELECT position FROM runner"), 7);
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
    AUTO(saga_store) struct saga_store *store = open_store();
    const struct saga_turns turns = {.store = store, .kinds = sagas, .plans = true, .now_us = 1};
    const struct saga_input input = {.kind = SAGA_EVENT,
                                     .category = "order",
                                     .id = "O-1",
                                     .command = "",
                                     .type = "order.shipped.v1",
                                     .position = 9,
                                     .reason = ""};
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
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
    store = open_store();
    check_order(store, "shipped");
}

static void a_saga_that_is_there_does_not_begin_again(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
    begin_saga(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(count_rows("SELECT count(*) FROM sagas"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM outbox"), 2);
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
    struct saga_store *store = open_store();
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_err(ERR_LOCKED, open_runner_with(NULL, -1, false, &error));
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
    AUTO(saga_store) struct saga_store *store = open_store();
    const struct saga_turns turns = {.store = store, .kinds = kinds, .plans = true, .now_us = 1};
    AUTO(saga_row) struct saga_row row = row_of("O-1");
    json_object_set_new(json_array_get(json_object_get(row.facts, "items"), 0), "held",
                        json_string("reserved"));
    assert_ok(saga_store_begin(store, &error));
    assert_ok(saga_turn_begin(&turns, &row, "placed", &error));
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(row.phase, SAGA_STUCK);
    assert_string_equal(row.reason,
                        "order_fulfilment O-1 may not move from reserve-stock to request-payment");
    assert_int_equal(count_rows("SELECT count(*) FROM outbox WHERE kind = 'command'"), 0);
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
    AUTO(saga_store) struct saga_store *store = open_store();
    int64_t saga, due_us;
    assert_ok(saga_store_begin(store, &error));
    begin_saga(store, "O-1");
    begin_saga(store, "O-2");
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
    store = open_store(); /* and they survive a restart */
    assert_ok(saga_store_next_timer(store, &saga, &due_us, &error));
    assert_int_equal(saga, 2);
    assert_int_equal(due_us, 3800);
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
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    assert_ok(control_call(data, "commands", "POST", "/saga-events", body, 5000, &answer, &error));
    json_decref(answer);
    answer = NULL; /* a repeat is not stored again */
    assert_ok(control_call(data, "commands", "POST", "/saga-events", body, 5000, &answer, &error));
    struct error told = {0};
    assert_int_equal(open_runner_with(NULL, -1, false, &told), ERR_CORRUPT);
    assert_text_contains(told.text, "the file was lost");
    assert_text_contains(told.text, "--from POSITION");
    assert_int_equal(open_runner_with(NULL, 2, true, &told), ERR_USAGE);
    assert_text_contains(told.text, "the log ends at position 1");
    annal_start(&saga, data,
                (const char *[]){"saga", "--commands-listen", "127.0.0.1:0", "--from", "0", NULL});
    wait_until(20, count_rows("SELECT position FROM runner") == 1);
    assert_int_equal(annal_stop(&saga, 20), 0);
    assert_int_equal(annal_stop(&commands, 20), 0);
}

static void a_breaker_opens_and_closes(void **state)
{
    (void)state;
    struct breaker breaker = BREAKER_FIRST;
    assert_int_equal(breaker_allows(&breaker, 0, 64), 64);
    assert_false(breaker_failed(&breaker, 1000));
    assert_false(breaker_failed(&breaker, 1000));
    assert_true(breaker_failed(&breaker, 1000));
    assert_true(breaker_is_open(&breaker));
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms - 1, 64), 0);
    assert_int_equal(breaker_allows(&breaker, breaker.open_until_ms, 64), 1);
    assert_true(breaker_worked(&breaker));
    assert_int_equal(breaker_allows(&breaker, 1000, 64), 64);
}

/* A row as a store that was away for long would hand it on. */
static struct dispatch_answer *answer_to(int64_t first_sent_us)
{
    AUTO(dispatcher) struct dispatcher *dispatcher = NULL;
    struct dispatch_answer *answer = NULL;
    const struct outbox_row row = {.number = 1,
                                   .kind = "command",
                                   .category = "order",
                                   .target = "O-1",
                                   .command = "confirm",
                                   .body = "{}",
                                   .idempotency = "k",
                                   .message = "m",
                                   .correlation = "c",
                                   .traceparent = "",
                                   .first_sent_us = first_sent_us};
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_ok(dispatcher_start(&(struct dispatcher_options){.base_url = "http://127.0.0.1:1",
                                                            .data_directory = data,
                                                            .key_lifetime_us = 60000000,
                                                            .wake_fd = wake_fd},
                               &dispatcher, &error));
    struct dispatch_list items;
    dispatch_list_init(&items);
    dispatch_list_add(&items, dispatch_item_create(&row));
    dispatcher_send(dispatcher, &items);
    if (first_sent_us < clock_now_us() - 60000000)
        wait_until(10, (answer = dispatcher_take(dispatcher)) != NULL);
    else
        wait_until(30, dispatcher_is_open(dispatcher)); /* nobody listens there */
    if (!answer)
        answer = dispatcher_take(dispatcher);
    close(wake_fd);
    return answer;
}

static void what_was_sent_longer_ago_than_keys_are_kept_is_given_up(void **state)
{
    (void)state;
    struct dispatch_answer *answer = answer_to(1);
    assert_int_equal(answer->outcome, DISPATCH_GIVEN_UP);
    assert_text_contains(answer->reason.at, "it may have happened");
    dispatch_answer_destroy(answer);
}

static void what_cannot_be_reached_is_tried_behind_a_breaker(void **state)
{
    (void)state;
    assert_null(answer_to(clock_now_us()));
}

static void get_stuck(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {.store = store, .kinds = sagas, .plans = true, .now_us = 1};
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    begin_saga(store, id);
    assert_ok(saga_store_find(store, "order_fulfilment", id, &row, &found, &error));
    assert_ok(saga_store_sent_remove(store, row.pending, &error));
    row.pending = 0;
    const struct saga_input input = {.kind = SAGA_GIVEN_UP,
                                     .category = "inventory",
                                     .command = "reserve",
                                     .reason = "answered with status 500"};
    assert_ok(saga_turn_take(&turns, &row, &input, "given up", &error));
    assert_int_equal(row.phase, SAGA_STUCK);
}

static int64_t count_sagas(const char *which)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT count(*) FROM sagas WHERE %s", which);
    return count_rows(sql.at);
}

static void a_person_helps_while_no_runner_runs(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    struct saga_store *store = open_store();
    assert_ok(saga_store_begin(store, &error));
    get_stuck(store, "O-1");
    get_stuck(store, "O-2");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_int_equal(annal_run(data, (const char *[]){"sagas", "resume", "O-1", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "O-1 goes on when `annal saga` runs");
    assert_int_equal(count_sagas("id = 'O-1' AND due = 1"), 1); /* the runner begins with it */
    assert_int_equal(
        annal_run(data, (const char *[]){"sagas", "abandon", "O-2", "by hand", NULL}, &out, NULL),
        0);
    assert_int_equal(count_sagas("id = 'O-2' AND phase = 'ended' AND abandoned = 1"), 1);
    assert_int_equal(annal_run(data, (const char *[]){"sagas", "resume", "O-3", NULL}, NULL, NULL),
                     1);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(everything_a_turn_changes_is_one_transaction),
        CLAIM(what_was_rolled_back_is_not_remembered),
        CLAIM(a_saga_that_is_there_does_not_begin_again),
        CLAIM(a_table_that_running_sagas_need_must_be_there),
        CLAIM(a_step_that_the_table_forbids_is_stuck_and_says_so),
        CLAIM(timers_are_found_by_the_first_that_is_due),
        CLAIM(a_lost_store_is_a_stop_with_a_way_out),
        CLAIM(a_breaker_opens_and_closes),
        CLAIM(what_was_sent_longer_ago_than_keys_are_kept_is_given_up),
        CLAIM(what_cannot_be_reached_is_tried_behind_a_breaker),
        CLAIM(a_person_helps_while_no_runner_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
