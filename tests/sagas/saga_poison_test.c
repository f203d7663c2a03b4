/* An event that cannot be read as its newest version stops the runner with its position. No event is
 * skipped; the runner continues once the upcaster is corrected. */
#include "tests/sagas/saga_process.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include "base/json.h"
#include "sagas/saga_report.h"

#include <stdio.h>

/* ---- a saga that only records the town of each parcel ---- */

static const char *concerns(const char *category, const char *id, const json_t *data)
{
    (void)category, (void)data;
    return id;
}

static json_t *begin(const char *id, const json_t *data, const json_t *settings)
{
    (void)id, (void)settings;
    return json_pack("{s:s}", "city", json_string_or(data, "city", ""));
}

static void evolve(json_t *facts, const struct saga_input *input)
{
    (void)facts, (void)input;
}

static void decide(const char *id, const json_t *facts, struct saga_decision *decision)
{
    (void)id, (void)facts;
    saga_decision_rest(decision, "noted", 0);
}

static const struct saga_step steps[] = {{"noted", SAGA_ENDED, {NULL}}, {0}};
static const struct saga_kind kind = {.name = "delivery",
                                      .version = 1,
                                      .steps = steps,
                                      .event_types = (const char *const[]){"parcel.sent.v2", NULL},
                                      .begins_with = "parcel.sent.v2",
                                      .concerns = concerns,
                                      .begin = begin,
                                      .evolve = evolve,
                                      .decide = decide};
static const struct saga_kind *const kinds[] = {&kind, NULL};

/* ---- */

static void send(struct event_store *log, const char *stream, const char *data)
{
    struct event event = {.type = slice_of("parcel.sent.v1"),
                          .id = slice_of(stream),
                          .data = slice_of(data),
                          .meta = slice_of("{}")};
    own_log_append(log, stream, 1, &event);
}

static void fill_the_log(const char *data)
{
    AUTO(event_store) struct event_store *log = NULL;
    assert_ok(own_log_open(data, EVENT_STORE_WRITE, &log, &error));
    send(log, "parcel/A", "{\"town\":\"Aarhus\",\"weight\":\"1\"}");
    send(log, "parcel/B", "{\"town\":\"Odense\",\"weight\":\"heavy\"}");
    send(log, "parcel/C", "{\"town\":\"Ribe\",\"weight\":\"3\"}");
}

static int64_t position(const char *data)
{
    AUTO(json) json_t *status = NULL;
    struct error error = {0};
    return saga_report_status(data, &status, &error) == OK ? json_int_or(status, "position", -1)
                                                           : -1;
}

static bool has(const char *data, const char *id)
{
    AUTO(json) json_t *saga = NULL;
    return saga_report_show(data, "delivery", id, &saga, NULL) == OK;
}

static struct upcasters *upcasters_with(const char *operations)
{
    AUTO(text) struct text json = {0};
    struct upcasters *upcasters = upcasters_create();
    text_printf(
        &json,
        "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/town\",\"to\":\"city\"}%s]}",
        operations);
    assert_ok(upcasters_add(upcasters, slice_of("parcel.sent.v1"), text_slice(&json), &error));
    return upcasters;
}

static void a_poison_event_stops_the_runner_and_no_event_is_skipped(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    AUTO(upcasters)
    struct upcasters *strict = upcasters_with(",{\"convert\":\"/weight\",\"to\":\"integer\"}");
    AUTO(upcasters) struct upcasters *right = upcasters_with("");
    AUTO(text) struct text why = {0};
    struct bus_url bus = {.is_log = true};
    fill_the_log(data);
    struct saga_runner_options options = {.data_directory = data,
                                          .log_url = own_log_url(data),
                                          .bus = &bus,
                                          .commands_url = "http://127.0.0.1:1",
                                          .kinds = kinds,
                                          .upcasters = strict,
                                          .from_given = true,
                                          .key_lifetime_us = 3600LL * 1000000};
    for (int i = 0; i < 2; i++) { /* a restarted runner stops there again */
        text_clear(&why);
        assert_int_equal(saga_process_join(saga_process_start(&options), &why), 1);
        assert_text_contains(why.at, "apply position 2: ");
        assert_text_contains(why.at, "convert /weight");
        assert_true(position(data) < 2);
        assert_false(has(data, "C"));
    }
    options.upcasters = right;
    pid_t pid = saga_process_start(&options);
    wait_until(30, position(data) == 3);
    assert_int_equal(saga_process_stop(pid), 0);
    assert_true(has(data, "A") && has(data, "B") && has(data, "C"));
    test_directory_remove(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poison_event_stops_the_runner_and_no_event_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
