/* Mistakes in a saga and in its surroundings: the saga is stuck; no message is lost or misused. */
#include "tests/domain/lending.h"
#include "tests/sagas/stored_sagas.h"

#include "sagas/outbox.h"
#include "sagas/saga_events.h"
#include "sagas/saga_key.h"

/* A saga that decides by its first facts, whatever happens. */
static void evolve_nothing(json_t *facts, const struct saga_input *input)
{
    (void)facts, (void)input;
}

static void decide_by_facts(const char *id, const json_t *facts, struct saga_decision *decision)
{
    const char *wants = json_string_or(facts, "wants", "");
    if (strcmp(wants, "wait") == 0)
        saga_decision_rest(decision, "wait", 1000);
    else if (wants[0])
        saga_decision_send(decision, "work", "loan", id, wants, json_object());
}

static const struct saga_step steps[] = {
    {"work", SAGA_RUNNING, {"wait"}},
    {"wait", SAGA_WAITING, {"work"}},
    {0},
};
static const struct saga_kind odd = {.name = "odd",
                                     .version = 1,
                                     .steps = steps,
                                     .evolve = evolve_nothing,
                                     .decide = decide_by_facts};
static const struct saga_kind *const kinds[] = {&odd, NULL};

static struct saga_store *open_store(void)
{
    struct saga_store *store = stored_sagas_open();
    assert_ok(saga_store_begin(store, &error));
    return store;
}

static int64_t now_us = 5000;

static struct saga_turns turns_of(struct saga_store *store)
{
    return (struct saga_turns){.store = store, .kinds = kinds, .decides = true, .now_us = now_us};
}

static void begin_saga(struct saga_store *store, const char *wants, struct saga_row *ret_row)
{
    const struct saga_turns turns = turns_of(store);
    *ret_row = stored_sagas_row("odd", "L-1", json_pack("{s:s}", "wants", wants));
    assert_ok(saga_turn_begin(&turns, ret_row, "requested", &error));
}

static void take(struct saga_store *store, struct saga_row *row, enum saga_input_kind kind)
{
    const struct saga_turns turns = turns_of(store);
    const struct saga_input input = {
        .kind = kind, .category = "loan", .id = "L-1", .command = "x", .reason = ""};
    row->pending = 0;
    assert_ok(saga_turn_take(&turns, row, &input, "x", &error));
}

static void a_saga_without_a_decision_is_stuck(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    begin_saga(store, "", &row);
    assert_int_equal(row.phase, SAGA_STUCK);
    assert_string_equal(row.step, "work");
    assert_string_equal(row.reason, "odd has no decision for its facts");
}

static void a_saga_that_goes_round_in_a_circle_is_stuck_after_10000_commands(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    begin_saga(store, "approve", &row);
    row.sent = 9998;
    take(store, &row, SAGA_ANSWER);
    take(store, &row, SAGA_ANSWER);
    assert_int_equal(row.phase, SAGA_RUNNING);
    assert_int_equal(row.sent, 10000);
    take(store, &row, SAGA_ANSWER);
    assert_int_equal(row.phase, SAGA_STUCK);
    assert_text_contains(row.reason, "10000 commands");
    take(store, &row, SAGA_RESUMED); /* an operator allows it to continue */
    assert_int_equal(row.phase, SAGA_RUNNING);
}

static void a_wait_that_continues_after_its_timer_gets_a_new_timer(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    begin_saga(store, "wait", &row);
    assert_int_equal(row.wakes_us, 1005000);
    now_us = 1006000;
    take(store, &row, SAGA_TIMEOUT);
    assert_int_equal(row.wakes_us, 2006000);
    now_us = 5000;
}

static void a_wait_that_continues_keeps_its_timer(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    begin_saga(store, "wait", &row);
    now_us = 6000;
    take(store, &row, SAGA_RESUMED);
    assert_int_equal(row.wakes_us, 1005000);
    now_us = 5000;
}

static void take_event(struct saga_store *store, struct saga_row *row, bool own)
{
    const struct saga_turns turns = turns_of(store);
    const struct saga_input input = {
        .kind = SAGA_EVENT, .category = "loan", .id = "L-1", .command = "", .own = own};
    assert_ok(saga_turn_take(&turns, row, &input, "what happened", &error));
}

static void an_own_event_that_changes_no_fact_is_not_noted(void **state)
{
    (void)state;
    static const char noted[] = "SELECT count(*) FROM history WHERE lines LIKE '%what happened%'";
    AUTO(saga_row) struct saga_row row = {0};
    struct saga_store *store = open_store();
    begin_saga(store, "wait", &row);
    take_event(store, &row, true);
    assert_ok(saga_store_commit(store, NULL, &error));
    assert_int_equal(stored_sagas_count(noted), 0);
    assert_ok(saga_store_begin(store, &error));
    take_event(store, &row, false);
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_int_equal(stored_sagas_count(noted), 1);
}

static void add_key(void *key, const struct outbox_message *message)
{
    if (message->kind == OUTBOX_COMMAND)
        text_add(key, message->idempotency);
}

/* The key of the command with which the saga begins. The store stays as it was. */
static void read_key(const char *command, struct text *key)
{
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    begin_saga(store, command, &row);
    assert_ok(outbox_each(saga_store_outbox(store), 0, 100, add_key, key, &error));
    assert_int_not_equal(key->length, 0);
    saga_store_rollback(store);
}

static void a_restored_store_reuses_no_key_for_another_command(void **state)
{
    (void)state;
    AUTO(text) struct text first = {0};
    AUTO(text) struct text again = {0};
    AUTO(text) struct text other = {0};
    AUTO(saga_store) struct saga_store *store = open_store();
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    store = NULL;
    read_key("approve", &first);
    read_key("approve", &again);
    read_key("cancel", &other);
    assert_string_equal(first.at, again.at);
    assert_string_not_equal(first.at, other.at);
}

static void a_saga_that_the_program_does_not_have_can_be_abandoned(void **state)
{
    (void)state;
    struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text out = {0};
    begin_saga(store, "wait", &row);
    assert_ok(saga_store_commit(store, NULL, &error));
    saga_store_close(store);
    assert_int_equal(annal_run(stored_sagas_data(),
                               (const char *[]){"sagas", "abandon", "odd/L-1", "gone", NULL}, &out,
                               NULL),
                     0);
    store = open_store();
    assert_int_equal(saga_store_count(store, SAGA_ENDED), 1);
    saga_store_rollback(store);
    saga_store_close(store);
}

static void late_event(const struct saga_turns *turns, const char *meta)
{
    const struct event event = {.position = 9,
                                .version = 2,
                                .stream = slice_of("loan/L-1"),
                                .type = slice_of("loan.returned.v1"),
                                .id = slice_of("e-9"),
                                .data = slice_of("{}"),
                                .meta = slice_of(meta)};
    assert_ok(saga_events_apply(turns, NULL, &event, &error));
}

static enum saga_phase phase_of(struct saga_store *store)
{
    AUTO(saga_row) struct saga_row row = {0};
    bool found = false;
    assert_ok(saga_store_find(store, "loan_handling", "L-1", &row, &found, &error));
    assert_true(found);
    return row.phase;
}

/* The event may need compensation, so an operator must look. An event that the saga itself caused
 * changes nothing, whatever its table. */
static void a_late_event_of_a_saga_whose_steps_are_missing_makes_it_stuck(void **state)
{
    (void)state;
    static struct saga_kind newer;
    const struct saga_kind *const only_newer[] = {&newer, NULL};
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0};
    AUTO(text) struct text own = {0};
    char message[SAGA_KEY_ID_BYTES];
    struct saga_turns turns = turns_of(store);
    bool found = false;
    newer = *lending.sagas[0];
    newer.version = 2;
    turns.kinds = only_newer;
    stored_sagas_request(store, "L-1");
    assert_ok(saga_store_find(store, "loan_handling", "L-1", &row, &found, &error));
    row.phase = SAGA_ENDED;
    row.pending = 0;
    assert_ok(saga_store_save(store, &row, 1, &error));
    saga_key_write_id(saga_store_key(store), &row, 7, "loan", "L-1", message);
    text_printf(&own, "{\"causationid\":\"%s\"}", message);
    late_event(&turns, own.at);
    assert_int_equal(phase_of(store), SAGA_ENDED);
    late_event(&turns, "{}");
    assert_int_equal(phase_of(store), SAGA_STUCK);
}

/* A client sees the ids of the saga's commands in their events, and may send any as Causation-Id. */
static void a_saga_recognizes_only_the_ids_of_its_own_commands(void **state)
{
    (void)state;
    AUTO(saga_store) struct saga_store *store = open_store();
    AUTO(saga_row) struct saga_row row = {0}, other = {0};
    char message[SAGA_KEY_ID_BYTES], forged[SAGA_KEY_ID_BYTES];
    snprintf(row.saga, sizeof row.saga, "loan_handling");
    snprintf(row.id, sizeof row.id, "L-1");
    snprintf(other.saga, sizeof other.saga, "loan_handling");
    snprintf(other.id, sizeof other.id, "L-2");
    saga_key_write_id(saga_store_key(store), &row, 7, "loan", "L-1", message);
    assert_true(saga_key_is_own(saga_store_key(store), &row, "loan", "L-1", slice_of(message)));
    assert_false(saga_key_is_own(saga_store_key(store), &row, "loan", "L-2", slice_of(message)));
    assert_false(saga_key_is_own(saga_store_key(store), &row, "shelf", "L-1", slice_of(message)));
    assert_false(saga_key_is_own(saga_store_key(store), &other, "loan", "L-1", slice_of(message)));
    for (size_t i = 0; message[i]; i++) {
        memcpy(forged, message, sizeof forged);
        forged[i] = forged[i] == '8' ? '9' : '8';
        assert_false(saga_key_is_own(saga_store_key(store), &row, "loan", "L-1", slice_of(forged)));
        forged[i] = '\0';
        assert_false(saga_key_is_own(saga_store_key(store), &row, "loan", "L-1", slice_of(forged)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_CLAIM(a_saga_without_a_decision_is_stuck),
        STORED_CLAIM(a_saga_that_goes_round_in_a_circle_is_stuck_after_10000_commands),
        STORED_CLAIM(a_wait_that_continues_after_its_timer_gets_a_new_timer),
        STORED_CLAIM(a_wait_that_continues_keeps_its_timer),
        STORED_CLAIM(an_own_event_that_changes_no_fact_is_not_noted),
        STORED_CLAIM(a_restored_store_reuses_no_key_for_another_command),
        STORED_CLAIM(a_late_event_of_a_saga_whose_steps_are_missing_makes_it_stuck),
        STORED_CLAIM(a_saga_recognizes_only_the_ids_of_its_own_commands),
        STORED_CLAIM(a_saga_that_the_program_does_not_have_can_be_abandoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
