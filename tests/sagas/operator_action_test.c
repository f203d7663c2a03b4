/* What a person asks of sagas: wrong input is told and changes nothing; each is answered for what
 * they asked and nobody else. */
#include "shop/shop.h"
#include "tests/sagas/stored_sagas.h"
#include "tests/support/own_log.h"

#include "base/stop.h"
#include "sagas/operator_action.h"
#include "sagas/outbox.h"
#include "sagas/saga_runner.h"
#include "shop/saga/order_fulfilment.h"

#include <pthread.h>
#include <unistd.h>

static bool there_is(const char *file)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", stored_sagas_data(), file);
    return access(path.at, F_OK) == 0;
}

static void is_refused(const char *const *words, const char *part)
{
    AUTO(text) struct text errors = {0};
    assert_int_not_equal(annal_run(stored_sagas_data(), words, NULL, &errors), 0);
    assert_text_contains(errors.at, part);
}

static void without_a_store_an_operator_action_makes_none(void **state)
{
    (void)state;
    is_refused((const char *[]){"sagas", "resume", "O-1", NULL},
               "sagas.db does not exist: no saga has run on this data");
    is_refused((const char *[]){"sagas", "abandon", "O-1", "why", NULL},
               "no saga has run on this data");
    assert_false(there_is("sagas.db"));
    assert_false(there_is("sagas.db.lock"));
}

static void get_stuck(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {
        .store = store, .kinds = shop.sagas, .decides = true, .now_us = 1};
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false, removed = false;
    stored_sagas_place(store, id);
    assert_ok(saga_store_find(store, "order_fulfilment", id, &row, &found, &error));
    assert_ok(outbox_withdraw(store, row.pending, &removed, &error));
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
    return stored_sagas_count(sql.at);
}

static void a_person_helps_while_no_runner_runs(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    get_stuck(store, "O-1");
    get_stuck(store, "O-2");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "resume", "O-1", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "O-1 continues when `annal saga` runs");
    is_refused((const char *[]){"sagas", "abandon", "O-2", "caf\xe9", NULL}, "not UTF-8");
    is_refused((const char *[]){"sagas", "abandon", "O-\xff", "why", NULL}, "not UTF-8");
    assert_int_equal(count_sagas("id = 'O-1' AND due = 1"), 1); /* the runner begins with it */
    AUTO(json)
    json_t *told = annal_run_json(stored_sagas_data(), (const char *[]){"sagas", "abandon", "O-2",
                                                                        "by hand", "--json", NULL});
    assert_string_equal(json_string_or(told, "done", ""), "abandoned");
    assert_string_equal(json_string_or(told, "runner", ""), "none");
    assert_int_equal(count_sagas("id = 'O-2' AND phase = 'ended' AND abandoned = 1"), 1);
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "resume", "O-3", NULL}, NULL, NULL),
                     1);
}

static void several_of_one_id_are_named(void **state)
{
    (void)state;
    static struct saga_kind other;
    const struct saga_kind *const both[] = {&order_fulfilment, &other, NULL};
    AUTO(text) struct text out = {0};
    struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {.store = store, .kinds = both, .decides = true, .now_us = 1};
    struct saga_row row = stored_sagas_row("gift", "O-1", stored_sagas_order());
    const struct operator_request request = {
        .action = OPERATOR_ACTION_ABANDON, .saga = "", .id = "O-1", .reason = "why"};
    struct error refusal = {0};
    other = order_fulfilment;
    other.name = "gift";
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_place(store, "O-1");
    assert_ok(saga_turn_begin(&turns, &row, "placed", &error));
    assert_int_equal(operator_action_apply(&turns, &request, &refusal), ERR_REFUSED);
    assert_text_contains(refusal.text,
                         "saga O-1 is ambiguous; name one of order_fulfilment/O-1, gift/O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_row_finish(&row);
    saga_store_close(store);
    is_refused((const char *[]){"sagas", "show", "O-1", NULL},
               "saga O-1 is ambiguous; name one of gift/O-1, order_fulfilment/O-1");
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "show", "gift/O-1", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "gift O-1, version 1 of its steps");
}

/* ---- the runner ---- */

static bool store_breaks; /* once the action is committed, the runner cannot read its next timer */

static void break_store(void *context, enum saga_point point)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    (void)context;
    if (point != SAGA_POINT_COMMITTED || store_breaks || count_sagas("phase = 'ended'") == 0)
        return;
    store_breaks = true;
    text_printf(&path, "%s/" SAGA_STORE_FILE, stored_sagas_data());
    assert_ok(db_open_writer(path.at, DB_SAGAS, DB_VOLATILE, &db, &error));
    assert_ok(db_execute(db, "ALTER TABLE sagas RENAME COLUMN wakes_us TO gone", &error));
}

struct asking {
    struct saga_runner *runner;
    enum err result;
};

static void *ask_to_abandon(void *asking_)
{
    struct asking *asking = asking_;
    const struct operator_request request = {
        .action = OPERATOR_ACTION_ABANDON, .saga = "", .id = "O-1", .reason = "why"};
    asking->result = saga_runner_ask(asking->runner, &request, NULL);
    if (asking->result)
        stop_request(); /* the claim has failed */
    return NULL;
}

static void an_action_that_was_committed_succeeds_whatever_fails_behind_the_commit(void **state)
{
    (void)state;
    static const struct bus_url bus = {.is_log = true};
    struct asking asking = {0};
    struct error why = {0};
    pthread_t thread;
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    get_stuck(store, "O-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_ok(
        saga_runner_open(&(struct saga_runner_options){.data_directory = stored_sagas_data(),
                                                       .log_url = own_log_url(stored_sagas_data()),
                                                       .bus = &bus,
                                                       .commands_url = "http://127.0.0.1:1",
                                                       .kinds = shop.sagas,
                                                       .from = -1,
                                                       .at = break_store},
                         &asking.runner, &error));
    assert_int_equal(pthread_create(&thread, NULL, ask_to_abandon, &asking), 0);
    assert_int_not_equal(saga_runner_run(asking.runner, &why), OK);
    pthread_join(thread, NULL);
    assert_text_contains(why.text, "wakes_us"); /* the loop has the error */
    assert_ok(asking.result);
    saga_runner_close(asking.runner);
    assert_int_equal(count_sagas("id = 'O-1' AND phase = 'ended' AND abandoned = 1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_CLAIM(without_a_store_an_operator_action_makes_none),
        STORED_CLAIM(several_of_one_id_are_named),
        STORED_CLAIM(a_person_helps_while_no_runner_runs),
        STORED_CLAIM(an_action_that_was_committed_succeeds_whatever_fails_behind_the_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
