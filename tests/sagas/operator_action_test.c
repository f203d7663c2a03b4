/* Operator actions on sagas: wrong input is rejected and changes nothing; each action gets its own
 * result. */
#include "tests/domain/lending.h"
#include "tests/sagas/stored_sagas.h"
#include "tests/support/own_log.h"

#include "base/stop.h"
#include "sagas/operator_action.h"
#include "sagas/outbox.h"
#include "sagas/saga_runner.h"

#include <pthread.h>
#include <unistd.h>

extern const struct saga_kind loan_handling;

static bool file_is_there(const char *file)
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

static void an_operator_action_does_not_create_a_store(void **state)
{
    (void)state;
    is_refused((const char *[]){"sagas", "resume", "L-1", NULL},
               "sagas.db does not exist: no saga has run on this data");
    is_refused((const char *[]){"sagas", "abandon", "L-1", "why", NULL},
               "no saga has run on this data");
    assert_false(file_is_there("sagas.db"));
    assert_false(file_is_there("sagas.db.lock"));
}

static void get_stuck(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {
        .store = store, .kinds = lending.sagas, .decides = true, .now_us = 1};
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false, removed = false;
    stored_sagas_request(store, id);
    assert_ok(saga_store_find(store, "loan_handling", id, &row, &found, &error));
    assert_ok(outbox_withdraw(saga_store_outbox(store), row.pending, &removed, &error));
    row.pending = 0;
    const struct saga_input input = {.kind = SAGA_GIVEN_UP,
                                     .category = "shelf",
                                     .command = "hold",
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

static void an_operator_resumes_and_abandons_while_no_runner_runs(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    get_stuck(store, "L-1");
    get_stuck(store, "L-2");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "resume", "L-1", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "L-1 continues when `lending_annal saga` runs");
    is_refused((const char *[]){"sagas", "abandon", "L-2", "caf\xe9", NULL}, "not UTF-8");
    is_refused((const char *[]){"sagas", "abandon", "L-\xff", "why", NULL}, "not UTF-8");
    assert_int_equal(count_sagas("id = 'L-1' AND due = 1"),
                     1); /* the next runner decides it first */
    AUTO(json)
    json_t *done = annal_run_json(stored_sagas_data(), (const char *[]){"sagas", "abandon", "L-2",
                                                                        "by hand", "--json", NULL});
    assert_string_equal(json_string_or(done, "done", ""), "abandoned");
    assert_string_equal(json_string_or(done, "runner", ""), "none");
    assert_int_equal(count_sagas("id = 'L-2' AND phase = 'ended' AND abandoned = 1"), 1);
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "resume", "L-3", NULL}, NULL, NULL),
                     1);
}

static void an_ambiguous_id_is_rejected_with_all_names(void **state)
{
    (void)state;
    static struct saga_kind other;
    const struct saga_kind *const both[] = {&loan_handling, &other, NULL};
    AUTO(text) struct text out = {0};
    struct saga_store *store = stored_sagas_open();
    const struct saga_turns turns = {.store = store, .kinds = both, .decides = true, .now_us = 1};
    struct saga_row row = stored_sagas_row("gift", "L-1", stored_sagas_loan());
    const struct operator_request request = {
        .action = OPERATOR_ACTION_ABANDON, .saga = "", .id = "L-1", .reason = "why"};
    struct error refusal = {0};
    other = loan_handling;
    other.name = "gift";
    assert_ok(saga_store_begin(store, &error));
    stored_sagas_request(store, "L-1");
    assert_ok(saga_turn_begin(&turns, &row, "requested", &error));
    assert_int_equal(operator_action_apply(&turns, &request, &refusal), ERR_REFUSED);
    assert_text_contains(refusal.text,
                         "saga L-1 is ambiguous; name one of loan_handling/L-1, gift/L-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_row_finish(&row);
    saga_store_close(store);
    is_refused((const char *[]){"sagas", "show", "L-1", NULL},
               "saga L-1 is ambiguous; name one of gift/L-1, loan_handling/L-1");
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "show", "gift/L-1", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "gift L-1, version 1 of its steps");
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
        .action = OPERATOR_ACTION_ABANDON, .saga = "", .id = "L-1", .reason = "why"};
    asking->result = saga_runner_ask(asking->runner, &request, NULL);
    if (asking->result)
        stop_request(); /* the claim has failed */
    return NULL;
}

static void a_committed_action_succeeds_even_if_a_later_step_fails(void **state)
{
    (void)state;
    static const struct bus_url bus = {.is_log = true};
    struct asking asking = {0};
    struct error why = {0};
    pthread_t thread;
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    get_stuck(store, "L-1");
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_ok(
        saga_runner_open(&(struct saga_runner_options){.data_directory = stored_sagas_data(),
                                                       .log_url = own_log_url(stored_sagas_data()),
                                                       .bus = &bus,
                                                       .commands_url = "http://127.0.0.1:1",
                                                       .kinds = lending.sagas,
                                                       .from = -1,
                                                       .at = break_store},
                         &asking.runner, &error));
    assert_int_equal(pthread_create(&thread, NULL, ask_to_abandon, &asking), 0);
    assert_int_not_equal(saga_runner_run(asking.runner, &why), OK);
    pthread_join(thread, NULL);
    assert_text_contains(why.text, "wakes_us"); /* the loop has the error */
    assert_ok(asking.result);
    saga_runner_close(asking.runner);
    assert_int_equal(count_sagas("id = 'L-1' AND phase = 'ended' AND abandoned = 1"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_CLAIM(an_operator_action_does_not_create_a_store),
        STORED_CLAIM(an_ambiguous_id_is_rejected_with_all_names),
        STORED_CLAIM(an_operator_resumes_and_abandons_while_no_runner_runs),
        STORED_CLAIM(a_committed_action_succeeds_even_if_a_later_step_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
