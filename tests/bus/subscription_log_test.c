/* Following the log, without a broker. */
#include "tests/bus/recorder.h"
#include "tests/bus/test_log.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include "bus/subscription_private.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const struct bus_url log_url = {.is_log = true};

struct scene {
    const char *directory;
    struct event_store *log;
    struct recorder recorder;
};

static void put_up(struct scene *scene, const char *name)
{
    *scene = (struct scene){.directory = test_directory_make()};
    scene->log = test_log_open(scene->directory);
    scene->recorder.options = (struct subscription_options){
        .name = name, .log_url = own_log_url(scene->directory), .url = &log_url, .wake_fd = -1};
}

static void tear_down(struct scene *scene)
{
    event_store_close(scene->log);
    test_directory_remove(scene->directory);
}

static void follows_the_log_from_the_first_event_to_the_last_and_on(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "follow");
    test_log_append(scene.log, 3500, 0);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 3500);
    for (int i = 0; i < 10; i++) {
        int64_t head = test_log_append(scene.log, 3, 0).position;
        wait_until(20, scene.recorder.position == head);
    }
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_int_equal(scene.recorder.applied, 3530);
    tear_down(&scene);
}

static void a_backlog_is_applied_in_few_transactions(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "backlog");
    const struct metric_series *transactions =
        metric_series(METRIC_SUBSCRIPTION_TRANSACTIONS, "backlog");
    test_log_append(scene.log, 20000, 0);
    recorder_start(&scene.recorder);
    wait_until(60, scene.recorder.position == 20000);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_in_range(scene.recorder.commits, 20000 / SUBSCRIPTION_EVENTS_MOST,
                    20000 / SUBSCRIPTION_CHUNK_EVENTS - 1);
    assert_int_equal(metric_value(transactions), scene.recorder.commits);
    tear_down(&scene);
}

static void a_transaction_is_bounded_in_bytes(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "bytes");
    const int pad = SUBSCRIPTION_BYTES_MOST / 20;
    test_log_append(scene.log, 100, pad);
    recorder_start(&scene.recorder);
    wait_until(60, scene.recorder.position == 100);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    /* A chunk may exceed the bound. */
    assert_true(scene.recorder.commits >=
                100 * pad / (SUBSCRIPTION_BYTES_MOST + SUBSCRIPTION_CHUNK_BYTES));
    tear_down(&scene);
}

static void the_chunks_before_a_damaged_event_are_committed(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "damaged");
    test_log_append(scene.log, 3 * SUBSCRIPTION_CHUNK_EVENTS, 0);
    log_edit_event(scene.directory, 2 * SUBSCRIPTION_CHUNK_EVENTS + 1);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.ended);
    assert_int_equal(recorder_stop(&scene.recorder), ERR_CORRUPT);
    assert_int_equal(scene.recorder.position, 2 * SUBSCRIPTION_CHUNK_EVENTS);
    assert_int_equal(scene.recorder.rollbacks, 0);
    tear_down(&scene);
}

static void a_few_events_are_not_waited_for_and_many_not_long(void **state)
{
    (void)state;
    assert_int_equal(subscription_transaction_gather_ms(0), 0);
    assert_int_equal(subscription_transaction_gather_ms(7), 0);
    /* At 15,000 events a second a wait for N events does not grow by the events that arrive in it. */
    assert_true(15 * subscription_transaction_gather_ms(300) < 300);
    assert_in_range(subscription_transaction_gather_ms(40), 1, SUBSCRIPTION_GATHER_MS_MOST);
    assert_true(subscription_transaction_gather_ms(80) > subscription_transaction_gather_ms(40));
    assert_int_equal(subscription_transaction_gather_ms(SUBSCRIPTION_EVENTS_MOST),
                     SUBSCRIPTION_GATHER_MS_MOST);
}

static void continues_from_its_checkpoint(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "resume");
    test_log_append(scene.log, 10, 0);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 10);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    test_log_append(scene.log, 5, 0);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 15);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_int_equal(scene.recorder.applied, 15);
    assert_int_equal(scene.recorder.other_logs, 0);
    tear_down(&scene);
}

static void waits_for_a_log_that_does_not_exist_yet(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "early");
    event_store_close(scene.log);
    scene.log = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/later", scene.directory);
    scene.recorder.options.log_url = own_log_url(path);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.betweens >= 2);
    scene.log = test_log_open(path);
    test_log_append(scene.log, 4, 0);
    wait_until(20, scene.recorder.position == 4);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    tear_down(&scene);
}

static void a_checkpoint_of_another_log_id_starts_over(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "other_id");
    test_log_append(scene.log, 4, 0);
    scene.recorder.begin_at = (struct checkpoint){.log_id = "5f0c1e58-0000-4000-8000-000000000000"};
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 4);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_int_equal(scene.recorder.other_logs, 1);
    tear_down(&scene);
}

static void a_checkpoint_beyond_the_logs_head_is_another_logs(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "shorter");
    scene.recorder.begin_at = test_log_append(scene.log, 4, 0);
    scene.recorder.begin_at.position = 5;
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.other_logs == 1 && scene.recorder.position == 4);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    tear_down(&scene);
}

static void a_checkpoint_with_another_hash_is_another_logs(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) { /* at the head, and before it */
        struct scene scene;
        put_up(&scene, "hash");
        scene.recorder.begin_at = test_log_append(scene.log, 4, 0);
        scene.recorder.begin_at.hash[7] ^= 1;
        int64_t head = test_log_append(scene.log, more, 0).position;
        recorder_start(&scene.recorder);
        wait_until(20, scene.recorder.other_logs == 1 && scene.recorder.position == head);
        assert_int_equal(recorder_stop(&scene.recorder), OK);
        tear_down(&scene);
    }
}

static void a_subscriber_that_rejects_another_log_ends(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "stays");
    scene.recorder.begin_at = test_log_append(scene.log, 4, 0);
    scene.recorder.begin_at.hash[0] ^= 1;
    scene.recorder.on_other_log = ERR_OTHER_LOG;
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.ended);
    assert_int_equal(recorder_stop(&scene.recorder), ERR_OTHER_LOG);
    assert_int_equal(scene.recorder.applied, 0);
    tear_down(&scene);
}

static void a_log_put_in_place_of_the_old_one_is_noticed(void **state)
{
    (void)state;
    struct scene scene;
    char other[512], from[600], to[600];
    put_up(&scene, "replaced");
    test_log_append(scene.log, 4, 0);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 4);
    event_store_close(scene.log);
    snprintf(other, sizeof other, "%s/other", scene.directory);
    scene.log = test_log_open(other);
    test_log_append(scene.log, 7, 0);
    event_store_close(scene.log);
    static const char *const old[] = {"events.db-wal", "events.db-shm"};
    for (int i = 0; i < 2; i++) {
        snprintf(to, sizeof to, "%s/%s", scene.directory, old[i]);
        unlink(to);
    }
    snprintf(from, sizeof from, "%s/events.db", other);
    snprintf(to, sizeof to, "%s/events.db", scene.directory);
    assert_int_equal(rename(from, to), 0);
    scene.log = NULL;
    wait_until(20, scene.recorder.other_logs == 1 && scene.recorder.position == 7);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    tear_down(&scene);
}

static void temporary_errors_are_retried_and_nothing_is_applied_twice(void **state)
{
    (void)state;
    struct scene scene;
    const struct metric_series *retrying = metric_series(METRIC_SUBSCRIPTION_RETRYING, "retry");
    put_up(&scene, "retry");
    test_log_append(scene.log, 50, 0);
    scene.recorder.failure = ERR_DISK_FULL;
    scene.recorder.fail_begins = 1;
    scene.recorder.fail_applies = 1;
    scene.recorder.fail_commits = 1;
    recorder_start(&scene.recorder);
    wait_until(20, metric_value(retrying) == 1);
    wait_until(20, scene.recorder.position == 50);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_int_equal(metric_value(retrying), 0);
    assert_int_equal(scene.recorder.fail_commits, 0);
    assert_int_equal(scene.recorder.rollbacks, 2);
    tear_down(&scene);
}

static void a_commit_that_failed_but_was_done_is_not_done_again(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "unsure");
    test_log_append(scene.log, 50, 0);
    scene.recorder.failure = ERR_IO;
    scene.recorder.unsure_commits = 1;
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.rollbacks == 1);
    test_log_append(scene.log, 5, 0);
    wait_until(20, scene.recorder.position == 55);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    assert_int_equal(scene.recorder.applied, 55);
    tear_down(&scene);
}

static void a_permanent_error_ends_it(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "stop");
    test_log_append(scene.log, 50, 0);
    scene.recorder.failure = ERR_CORRUPT;
    scene.recorder.fail_commits = 1;
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.ended);
    assert_int_equal(recorder_stop(&scene.recorder), ERR_CORRUPT);
    assert_int_equal(scene.recorder.rollbacks, 1);
    assert_text_contains(scene.recorder.error.text, "subscription stop");
    tear_down(&scene);
}

static void between_is_called_when_nothing_happens_and_at_once_when_woken(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "wake");
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    scene.recorder.options.wake_fd = wake_fd;
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.betweens >= 3);
    uint64_t one = 1;
    assert_int_equal(write(wake_fd, &one, sizeof one), sizeof one);
    wait_until(20, read(wake_fd, &one, sizeof one) < 0); /* it has seen it */
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    close(wake_fd);
    tear_down(&scene);
}

static void an_edited_event_ends_it_and_is_not_applied(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene, "edited");
    test_log_append(scene.log, 10, 0);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.position == 10);
    assert_int_equal(recorder_stop(&scene.recorder), OK);
    test_log_append(scene.log, 10, 0);
    log_edit_event(scene.directory, 15);
    recorder_start(&scene.recorder);
    wait_until(20, scene.recorder.ended);
    assert_int_equal(recorder_stop(&scene.recorder), ERR_CORRUPT);
    assert_text_contains(scene.recorder.error.text, "position 15:");
    assert_true(scene.recorder.applied < 15);
    tear_down(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_log_from_the_first_event_to_the_last_and_on),
        cmocka_unit_test(a_backlog_is_applied_in_few_transactions),
        cmocka_unit_test(a_transaction_is_bounded_in_bytes),
        cmocka_unit_test(the_chunks_before_a_damaged_event_are_committed),
        cmocka_unit_test(a_few_events_are_not_waited_for_and_many_not_long),
        cmocka_unit_test(continues_from_its_checkpoint),
        cmocka_unit_test(waits_for_a_log_that_does_not_exist_yet),
        cmocka_unit_test(a_checkpoint_of_another_log_id_starts_over),
        cmocka_unit_test(a_checkpoint_beyond_the_logs_head_is_another_logs),
        cmocka_unit_test(a_checkpoint_with_another_hash_is_another_logs),
        cmocka_unit_test(a_subscriber_that_rejects_another_log_ends),
        cmocka_unit_test(a_log_put_in_place_of_the_old_one_is_noticed),
        cmocka_unit_test(temporary_errors_are_retried_and_nothing_is_applied_twice),
        cmocka_unit_test(a_commit_that_failed_but_was_done_is_not_done_again),
        cmocka_unit_test(a_permanent_error_ends_it),
        cmocka_unit_test(an_edited_event_ends_it_and_is_not_applied),
        cmocka_unit_test(between_is_called_when_nothing_happens_and_at_once_when_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
