/* Background verification finds an edited event, whether it was edited before the start or after it had
 * been verified. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include "event_store/log_verifier.h"
#include "telemetry/metrics.h"

#define PASS_MS 10

static int64_t verified_position(void)
{
    return metric_value(metric_series(METRIC_LOG_VERIFIED, ""));
}

static void start(const struct log_fixture *fixture, int64_t pass_ms, struct log_damage *damage,
                  struct log_verifier **ret_verifier)
{
    metric_set(metric_series(METRIC_LOG_VERIFIED, ""), -1);
    log_verifier_start(&(struct log_verifier_options){.log_url = own_log_url(fixture->directory),
                                                      .damage = damage,
                                                      .pass_ms = pass_ms},
                       ret_verifier);
}

static void a_sound_log_is_verified_up_to_its_head_and_on(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(log_damage) struct log_damage damage;
    log_damage_init(&damage);
    AUTO(log_verifier) struct log_verifier *verifier = NULL;
    log_fixture_fill(fixture->log, 1000, 7);
    start(fixture, 0, &damage, &verifier);
    wait_until(20, verified_position() == 1000);
    log_fixture_append(fixture->log, "thing/1", "1");
    wait_until(20, verified_position() == 1001);
    assert_ok(log_damage_check(&damage, &error));
}

static void an_edited_event_is_found_and_the_event_before_it_is_the_last_verified(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(log_damage) struct log_damage damage;
    log_damage_init(&damage);
    struct error found = {0};
    AUTO(log_verifier) struct log_verifier *verifier = NULL;
    log_fixture_fill(fixture->log, 1000, 7);
    log_edit_event(fixture->directory, 700);
    start(fixture, 0, &damage, &verifier);
    wait_until(20, log_damage_check(&damage, &found) != OK);
    assert_int_equal(found.code, ERR_CORRUPT);
    assert_text_contains(found.text, "position 700:");
    assert_int_equal(verified_position(), 699);
}

static void an_event_edited_after_it_was_verified_is_found_by_the_next_pass(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(log_damage) struct log_damage damage;
    log_damage_init(&damage);
    struct error found = {0};
    AUTO(log_verifier) struct log_verifier *verifier = NULL;
    log_fixture_fill(fixture->log, 100, 7);
    start(fixture, PASS_MS, &damage, &verifier);
    wait_until(20, verified_position() == 100);
    log_edit_event(fixture->directory, 50);
    wait_until(20, log_damage_check(&damage, &found) != OK);
    assert_text_contains(found.text, "position 50:");
}

static void the_first_report_of_damage_is_kept(void **state)
{
    AUTO(log_damage) struct log_damage damage;
    log_damage_init(&damage);
    struct error first = {0}, second = {0}, found = {0};
    (void)state;
    error_set(&first, ERR_CORRUPT, "the first");
    error_set(&second, ERR_CORRUPT, "the second");
    log_damage_report(&damage, "a test", &first);
    log_damage_report(&damage, "a test", &second);
    assert_int_equal(log_damage_check(&damage, &found), ERR_CORRUPT);
    assert_string_equal(found.text, "the first");
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_sound_log_is_verified_up_to_its_head_and_on),
        CLAIM(an_edited_event_is_found_and_the_event_before_it_is_the_last_verified),
        CLAIM(an_event_edited_after_it_was_verified_is_found_by_the_next_pass),
        cmocka_unit_test(the_first_report_of_damage_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
