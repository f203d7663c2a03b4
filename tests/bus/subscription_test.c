/* Consuming from a real RabbitMQ, which here loses, repeats, reorders, delays and invents. */
#include "base/clock.h"
#include "bus/amqp.h"
#include "bus/log_message.h"
#include "bus/topology.h"
#include "event_store/event_store.h"
#include "telemetry/metrics.h"
#include "tests/bus/proxy.h"
#include "tests/bus/raw_broker.h"
#include "tests/bus/recorder.h"
#include "tests/bus/test_log.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include <stdio.h>
#include <unistd.h>

struct scene {
    const char *directory;
    struct event_store *log;
    struct bus_url url;
    struct raw_broker *raw;
    struct amqp *publisher;
    char name[64], queue[80];
    struct recorder recorder;
};

static int64_t metric(const struct scene *scene, enum metric which)
{
    return metric_value(metric_series(which, scene->name));
}

/* A log, a connection to publish by, and a recorder that is not started; its queue is new. */
static void put_up(struct scene *scene)
{
    static int number;
    struct bus_url url = raw_broker_url("subscription_test");
    *scene = (struct scene){.directory = test_directory_make(), .url = url};
    scene->log = test_log_open(scene->directory);
    scene->raw = raw_broker_open(&url);
    snprintf(scene->name, sizeof scene->name, "t%d-%d", (int)getpid(), ++number);
    snprintf(scene->queue, sizeof scene->queue, "annal.%s", scene->name);
    assert_ok(amqp_connect(&url, "annal test", 5000, &scene->publisher, &error));
    assert_ok(topology_declare_log(scene->publisher, &error));
    scene->recorder.options =
        (struct subscription_options){.name = scene->name,
                                      .log_url = own_log_url(scene->directory),
                                      .url = &scene->url,
                                      .wake_fd = -1};
}

static void start(struct scene *scene)
{
    recorder_start(&scene->recorder);
    wait_until(20, metric(scene, METRIC_SUBSCRIPTION_CONSUMING) == 1);
}

static void tear_down(struct scene *scene)
{
    assert_int_equal(recorder_stop(&scene->recorder), OK);
    if (raw_broker_count(scene->raw, scene->queue) >= 0)
        raw_broker_delete_queue(scene->raw, scene->queue);
    raw_broker_close(scene->raw);
    amqp_disconnect(scene->publisher);
    event_store_close(scene->log);
    test_directory_remove(scene->directory);
}

/* Reads events from `first` on, `count` of them, and the checkpoint before them. */
static struct checkpoint read_events(struct event_store *log, int64_t first, size_t count,
                                     struct event_batch *batch)
{
    struct checkpoint before = test_log_head(log);
    before.position = first - 1;
    assert_ok(event_store_hash_at(log, first - 1, before.hash, &error));
    assert_ok(event_store_read_after(log, first - 1, (struct read_limit){count, SIZE_MAX}, batch,
                                     &error));
    assert_int_equal(batch->count, count);
    return before;
}

/* Publishes the events of a log as its relay would. */
static void publish_of(struct scene *scene, struct event_store *log, int64_t first, size_t count)
{
    AUTO(event_batch) struct event_batch batch = {0};
    AUTO(text) struct text body = {0};
    struct checkpoint before = read_events(log, first, count, &batch);
    assert_int_equal(log_message_write(batch.events, count, &body), count);
    assert_ok(log_message_publish(scene->publisher, &before, count, test_log_head(log).position,
                                  text_slice(&body), &error));
}

static void publish(struct scene *scene, int64_t first, size_t count)
{
    publish_of(scene, scene->log, first, count);
}

/* What the broker still has of the queue is found out by ending: what was not acknowledged is ready
 * again. The last messages may just be on their way, so it gets a few chances. */
static void assert_all_acknowledged(struct scene *scene)
{
    int left = 1;
    for (int chances = 10; left > 0 && chances > 0; chances--) {
        wait_until(20, raw_broker_count(scene->raw, scene->queue) == 0);
        assert_int_equal(recorder_stop(&scene->recorder), OK);
        wait_until(20, raw_broker_consumers(scene->raw, scene->queue) == 0);
        left = raw_broker_count(scene->raw, scene->queue);
        recorder_start(&scene->recorder);
    }
    assert_int_equal(left, 0);
}

/* Appends and publishes in one go, so that the idle look is not quicker. */
static void append_and_publish(struct scene *scene, int count)
{
    int64_t first = test_log_head(scene->log).position + 1;
    test_log_append(scene->log, count, 0);
    publish(scene, first, (size_t)count);
}

static void messages_bring_events_as_they_come(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    for (int i = 1; i <= 20; i++) {
        append_and_publish(&scene, 3);
        wait_until(20, scene.recorder.position == 3 * i);
    }
    assert_true(metric(&scene, METRIC_SUBSCRIPTION_FILLED) < 30);
    assert_int_equal(scene.recorder.applied, 60);
    assert_all_acknowledged(&scene);
    tear_down(&scene);
}

static void a_message_published_twice_is_dropped(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 4);
    publish(&scene, 1, 4);
    publish(&scene, 2, 2);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_DROPPED) >= 2);
    assert_int_equal(scene.recorder.applied, 4);
    assert_all_acknowledged(&scene);
    tear_down(&scene);
}

static void an_overlapping_message_brings_only_new_events(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 4);
    wait_until(20, scene.recorder.position == 4);
    test_log_append(scene.log, 3, 0);
    publish(&scene, 3, 5);
    wait_until(20, scene.recorder.position == 7);
    assert_int_equal(scene.recorder.applied, 7);
    tear_down(&scene);
}

static void messages_out_of_order_are_corrected_from_the_log(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    test_log_append(scene.log, 9, 0);
    publish(&scene, 7, 3);
    publish(&scene, 4, 3);
    publish(&scene, 1, 3);
    wait_until(20,
               scene.recorder.position == 9 && metric(&scene, METRIC_SUBSCRIPTION_DROPPED) >= 2);
    assert_int_equal(scene.recorder.applied, 9);
    assert_all_acknowledged(&scene);
    tear_down(&scene);
}

static void a_gap_is_filled_from_the_log(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    test_log_append(scene.log, 40, 0);
    publish(&scene, 43 - 1, 1);
    wait_until(20, scene.recorder.position == 42);
    assert_true(metric(&scene, METRIC_SUBSCRIPTION_FILLED) >= 39);
    append_and_publish(&scene, 1);
    wait_until(20, scene.recorder.position == 43);
    tear_down(&scene);
}

static void events_do_not_wait_for_late_messages_about_them(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    test_log_append(scene.log, 200, 0);
    clock_step_for_test(10 * 1000000);
    int64_t published = 0;
    while (scene.recorder.position < 200) {
        publish(&scene, ++published, 1);
        wait_until(20, scene.recorder.position >= published);
    }
    clock_step_for_test(-10 * 1000000);
    assert_in_range(published, 1, 100); /* one message was enough to read the others from the log */
    tear_down(&scene);
}

static void messages_of_another_log_are_dropped(void **state)
{
    (void)state;
    struct scene scene;
    char other_directory[512];
    put_up(&scene);
    snprintf(other_directory, sizeof other_directory, "%s/other", scene.directory);
    struct event_store *other = test_log_open(other_directory);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    test_log_append(other, 5, 0);
    publish_of(&scene, other, 1, 2);
    publish_of(&scene, other, 3, 3);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_FOREIGN) == 2);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 4);
    assert_int_equal(scene.recorder.applied, 4);
    assert_int_equal(scene.recorder.other_logs, 0);
    assert_all_acknowledged(&scene);
    event_store_close(other);
    tear_down(&scene);
}

/* ---- forgeries: each is as good as somebody who can read the log could make it ---- */

static void publish_forged(struct scene *scene, const struct checkpoint *before,
                           struct event *events, size_t count)
{
    AUTO(text) struct text body = {0};
    assert_int_equal(log_message_write(events, count, &body), count);
    assert_ok(log_message_publish(scene->publisher, before, count, before->position + 10,
                                  text_slice(&body), &error));
}

static void a_forged_event_that_chains_is_never_applied(void **state)
{
    (void)state;
    struct scene scene;
    AUTO(event_batch) struct event_batch batch = {0};
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    struct checkpoint before = test_log_head(scene.log);
    test_log_append(scene.log, 2, 0);
    read_events(scene.log, 3, 2, &batch);
    batch.events[0].data = slice_of("{\"n\":999,\"pad\":\"forged\"}");
    publish_forged(&scene, &before, batch.events, 2);
    wait_until(20, scene.recorder.position == 4);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 6);
    assert_int_equal(scene.recorder.applied, 6);
    tear_down(&scene);
}

static void an_event_beyond_the_logs_head_is_never_applied(void **state)
{
    (void)state;
    struct scene scene;
    AUTO(event_batch) struct event_batch batch = {0};
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    struct checkpoint before = read_events(scene.log, 2, 1, &batch);
    before = test_log_head(scene.log);
    batch.events[0].position = 3;
    batch.events[0].data = slice_of("{\"n\":999,\"pad\":\"not there yet\"}");
    publish_forged(&scene, &before, batch.events, 1);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_FOREIGN) == 1);
    assert_int_equal(scene.recorder.applied, 2);
    append_and_publish(&scene, 1);
    wait_until(20, scene.recorder.position == 3);
    assert_int_equal(scene.recorder.applied, 3);
    assert_all_acknowledged(&scene);
    tear_down(&scene);
}

static void a_message_that_does_not_chain_is_never_applied(void **state)
{
    (void)state;
    struct scene scene;
    AUTO(event_batch) struct event_batch batch = {0};
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    test_log_append(scene.log, 1, 0);
    struct checkpoint before = read_events(scene.log, 3, 1, &batch);
    before.hash[3] ^= 1;
    publish_forged(&scene, &before, batch.events, 1);
    wait_until(20, scene.recorder.position == 3);
    assert_int_equal(scene.recorder.applied, 3);
    tear_down(&scene);
}

/* ---- what is no message of ours ---- */

static void publish_body(struct scene *scene, const char *body)
{
    const struct amqp_message message = {
        .exchange = TOPOLOGY_LOG_EXCHANGE, .body = slice_of(body), .content_type = "text/plain"};
    assert_ok(amqp_publish(scene->publisher, &message, &error));
}

static void a_message_that_cannot_be_decoded_goes_to_the_dead_queue(void **state)
{
    (void)state;
    struct scene scene;
    AUTO(text) struct text body = {0}, properties = {0};
    put_up(&scene);
    if (raw_broker_count(scene.raw, TOPOLOGY_DEAD_QUEUE) >= 0)
        raw_broker_delete_queue(scene.raw, TOPOLOGY_DEAD_QUEUE);
    start(&scene);
    append_and_publish(&scene, 2);
    publish_body(&scene, "this is not JSON");
    publish_body(&scene, "");
    append_and_publish(&scene, 2);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_UNDECODABLE) == 2 &&
                       scene.recorder.position == 4);
    assert_all_acknowledged(&scene);
    assert_int_equal(raw_broker_count(scene.raw, TOPOLOGY_DEAD_QUEUE), 2);
    assert_true(raw_broker_get(scene.raw, TOPOLOGY_DEAD_QUEUE, &body, &properties));
    assert_string_equal(body.at, "this is not JSON");
    assert_text_contains(properties.at, "reason=the headers log, first, last, prev and head");
    assert_text_contains(properties.at, scene.name);
    tear_down(&scene);
}

/* ---- the queue and the connection ---- */

static void a_lost_last_message_is_noticed_when_idle(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    test_log_append(scene.log, 1, 0); /* without a notification */
    raw_broker_purge(scene.raw, scene.queue);
    wait_until(20, scene.recorder.position == 3);
    assert_int_equal(metric(&scene, METRIC_SUBSCRIPTION_CONSUMING), 1);
    tear_down(&scene);
}

static void a_deleted_queue_is_declared_again(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    raw_broker_delete_queue(scene.raw, scene.queue);
    wait_until(20, raw_broker_consumers(scene.raw, scene.queue) == 1);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    tear_down(&scene);
}

static void a_queue_with_other_arguments_is_declared_again(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    raw_broker_declare_queue(scene.raw, scene.queue, NULL, NULL);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    /* only now is it as it should be: declaring it as ours is no conflict */
    const struct amqp_queue ours = {.name = scene.queue,
                                    .messages_most = 10000,
                                    .bytes_most = 64 << 20,
                                    .expires_ms = INT64_C(604800000),
                                    .single_active_consumer = true};
    assert_ok(amqp_declare_queue(scene.publisher, &ours, &error));
    assert_int_equal(raw_broker_consumers(scene.raw, scene.queue), 1);
    tear_down(&scene);
}

static void a_killed_connection_is_made_again_and_nothing_is_missed(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    start(&scene);
    for (int i = 1; i <= 3; i++) {
        append_and_publish(&scene, 5);
        proxy_cut(proxy);
        append_and_publish(&scene, 5);
        wait_until(20, scene.recorder.position == 10 * i);
        wait_until(20, proxy_connections(proxy) > i &&
                           metric(&scene, METRIC_SUBSCRIPTION_CONSUMING) == 1);
    }
    assert_int_equal(scene.recorder.applied, 30);
    tear_down(&scene);
    proxy_close(proxy);
}

static void without_a_broker_the_log_is_followed(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    proxy_refuse(proxy, true);
    recorder_start(&scene.recorder);
    for (int i = 1; i <= 5; i++) {
        test_log_append(scene.log, 2, 0);
        wait_until(20, scene.recorder.position == 2 * i);
    }
    assert_int_equal(metric(&scene, METRIC_SUBSCRIPTION_CONSUMING), 0);
    proxy_refuse(proxy, false);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_CONSUMING) == 1);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 12);
    tear_down(&scene);
    proxy_close(proxy);
}

static void the_log_is_followed_while_a_broker_does_not_answer(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    proxy_stall(proxy, true);
    recorder_start(&scene.recorder);
    test_log_append(scene.log, 1, 0); /* without a log it does not connect */
    wait_until(20, proxy_connections(proxy) == 1);
    test_log_append(scene.log, 2, 0);
    wait_until(20, scene.recorder.position == 3);
    proxy_stall(proxy, false);
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_CONSUMING) == 1);
    /* It is the connection that was being made while events were applied. */
    assert_int_equal(proxy_connections(proxy), 1);
    tear_down(&scene);
    proxy_close(proxy);
}

static void far_behind_it_follows_the_log_without_a_consumer(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 1);
    wait_until(20, scene.recorder.position == 1);
    scene.recorder.pause_every = 3;
    scene.recorder.holds = true; /* else it keeps up with a slow machine's appends */
    for (int i = 0; i < 6; i++)
        test_log_append(scene.log, 1000, 0);
    publish(&scene, 6001, 1);
    scene.recorder.holds = false;
    wait_until(20, metric(&scene, METRIC_SUBSCRIPTION_CONSUMING) == 0);
    wait_until(20, scene.recorder.position == 6001 &&
                       metric(&scene, METRIC_SUBSCRIPTION_CONSUMING) == 1);
    assert_int_equal(scene.recorder.applied, 6001);
    tear_down(&scene);
}

static void temporary_errors_of_the_subscriber_are_retried(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 2);
    scene.recorder.failure = ERR_BUSY;
    scene.recorder.fail_applies = 2;
    scene.recorder.fail_commits = 1;
    append_and_publish(&scene, 5);
    wait_until(20, scene.recorder.position == 7);
    assert_int_equal(scene.recorder.rollbacks, 3);
    append_and_publish(&scene, 1);
    wait_until(20, scene.recorder.position == 8);
    assert_all_acknowledged(&scene);
    tear_down(&scene);
}

static void a_restored_older_log_is_reported_to_the_subscriber(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    test_log_append(scene.log, 5, 0);
    scene.recorder.begin_at = test_log_head(scene.log);
    scene.recorder.begin_at.hash[0] ^= 1;
    start(&scene);
    wait_until(20, scene.recorder.other_logs == 1 && scene.recorder.position == 5);
    append_and_publish(&scene, 2);
    wait_until(20, scene.recorder.position == 7);
    tear_down(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_bring_events_as_they_come),
        cmocka_unit_test(a_message_published_twice_is_dropped),
        cmocka_unit_test(an_overlapping_message_brings_only_new_events),
        cmocka_unit_test(messages_out_of_order_are_corrected_from_the_log),
        cmocka_unit_test(a_gap_is_filled_from_the_log),
        cmocka_unit_test(events_do_not_wait_for_late_messages_about_them),
        cmocka_unit_test(messages_of_another_log_are_dropped),
        cmocka_unit_test(a_forged_event_that_chains_is_never_applied),
        cmocka_unit_test(an_event_beyond_the_logs_head_is_never_applied),
        cmocka_unit_test(a_message_that_does_not_chain_is_never_applied),
        cmocka_unit_test(a_message_that_cannot_be_decoded_goes_to_the_dead_queue),
        cmocka_unit_test(a_lost_last_message_is_noticed_when_idle),
        cmocka_unit_test(a_deleted_queue_is_declared_again),
        cmocka_unit_test(a_queue_with_other_arguments_is_declared_again),
        cmocka_unit_test(a_killed_connection_is_made_again_and_nothing_is_missed),
        cmocka_unit_test(without_a_broker_the_log_is_followed),
        cmocka_unit_test(the_log_is_followed_while_a_broker_does_not_answer),
        cmocka_unit_test(far_behind_it_follows_the_log_without_a_consumer),
        cmocka_unit_test(temporary_errors_of_the_subscriber_are_retried),
        cmocka_unit_test(a_restored_older_log_is_reported_to_the_subscriber),
    };
    if (!raw_broker_is_there())
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
