/* The relays of a log, to a real RabbitMQ. */
#include "bus/relays.h"
#include "bus/topology.h"
#include "event_store/log_damage.h"
#include "telemetry/metrics.h"
#include "tests/bus/proxy.h"
#include "tests/bus/raw_broker.h"
#include "tests/bus/recorder.h"
#include "tests/bus/test_log.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct scene {
    const char *directory;
    struct event_store *log;
    struct bus_url url;
    struct raw_broker *raw;
    struct log_damage damage;
    struct relays *relays;
    char queue[64]; /* of the test, bound to annal.events */

    pthread_mutex_t mutex;       /* around: */
    struct stored_cursor cursor; /* the last one saved; name "": none */
    int saves;
    bool stood_still; /* a save was not ahead of the one before */
};

/* On the relay's thread. */
static void save(void *context, const char *name, const struct checkpoint *at)
{
    struct scene *scene = context;
    pthread_mutex_lock(&scene->mutex);
    scene->stood_still |= at->position <= scene->cursor.at.position;
    snprintf(scene->cursor.name, sizeof scene->cursor.name, "%s", name);
    scene->cursor.at = *at;
    scene->saves++;
    pthread_mutex_unlock(&scene->mutex);
}

static void put_up(struct scene *scene)
{
    static int number;
    struct bus_url url = raw_broker_url("relays_test");
    *scene = (struct scene){.directory = test_directory_make(), .url = url};
    pthread_mutex_init(&scene->damage.mutex, NULL);
    pthread_mutex_init(&scene->mutex, NULL);
    scene->log = test_log_open(scene->directory);
    scene->raw = raw_broker_open(&url);
    snprintf(scene->queue, sizeof scene->queue, "other-%d-%d", (int)getpid(), ++number);
    raw_broker_declare_queue(scene->raw, scene->queue, TOPOLOGY_EVENTS_EXCHANGE, "test.#");
}

static void start_with(struct scene *scene, relay_save_fn *save_fn)
{
    relays_start(&(struct relay_options){.log_url = own_log_url(scene->directory),
                                         .url = &scene->url,
                                         .damage = &scene->damage,
                                         .save = save_fn,
                                         .context = scene},
                 &scene->relays);
}

static void start(struct scene *scene)
{
    start_with(scene, save);
}

/* What the relay saved is stored, as the command desk does it. */
static void stop(struct scene *scene)
{
    struct write_set set;
    relays_stop(scene->relays);
    scene->relays = NULL;
    assert_false(scene->stood_still); /* a relay with nothing new saves nothing */
    if (!scene->cursor.name[0])
        return;
    own_log_begin(scene->log, &set);
    write_set_add_cursor(&set, &scene->cursor);
    own_log_store(scene->log, &set);
}

static void tear_down(struct scene *scene)
{
    relays_stop(scene->relays);
    raw_broker_delete_queue(scene->raw, scene->queue);
    raw_broker_close(scene->raw);
    event_store_close(scene->log);
    test_directory_remove(scene->directory);
}

static struct relay_status status_of(struct scene *scene, int which)
{
    struct relay_status status[2];
    assert_int_equal(relays_status(scene->relays, status), 2);
    return status[which];
}

static struct relay_status log_status(struct scene *scene)
{
    return status_of(scene, 0);
}

static struct relay_status events_status(struct scene *scene)
{
    return status_of(scene, 1);
}

static void append(struct scene *scene, int count, int pad)
{
    int64_t head = test_log_append(scene->log, count, pad).position;
    if (scene->relays)
        relays_wake(scene->relays, head);
}

/* Takes messages off the other service's queue: the positions 1 … `last` must all be there, in
 * order but for repetitions. Returns how many messages there were. */
static int take_all(struct scene *scene, int64_t last)
{
    AUTO(text) struct text body = {0}, properties = {0};
    int64_t newest = 0;
    int count = 0;
    for (; raw_broker_get(scene->raw, scene->queue, &body, &properties); count++) {
        int64_t position = strtoll(body.at + strlen("{\"n\":"), NULL, 10);
        assert_true(position <= newest + 1);
        newest = position > newest ? position : newest;
    }
    assert_int_equal(newest, last);
    return count;
}

static void each_event_is_a_cloudevent_in_binary_mode(void **state)
{
    (void)state;
    struct scene scene;
    AUTO(text) struct text body = {0}, properties = {0}, sequence = {0};
    put_up(&scene);
    start(&scene);
    append(&scene, 1, 0);
    wait_until(20, events_status(&scene).position == 1);
    assert_true(raw_broker_get(scene.raw, scene.queue, &body, &properties));
    assert_string_equal(body.at, "{\"n\":1,\"pad\":\"\"}");
    static const char *const lines[] = {
        "content_type=application/json\n",
        "delivery_mode=2\n",
        "type=test.happened.v1\n",
        "message_id=",
        "timestamp=",
        "cloudEvents_specversion=1.0\n",
        "cloudEvents_id=",
        "cloudEvents_source=/streams/test/S-1\n",
        "cloudEvents_type=test.happened.v1\n",
        "cloudEvents_time=2",
        "cloudEvents_sequence=00000000000000000001\n",
        "cloudEvents_partitionkey=test/S-1\n",
        "cloudEvents_streamversion=1\n",
        "cloudEvents_dataschema=annal:/schemas/test.happened.v1\n",
        "cloudEvents_correlationid=c-1\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_text_contains(properties.at, lines[i]);
    assert_null(strstr(properties.at, "datacontenttype"));
    assert_null(strstr(properties.at, "=(")); /* strings all */
    tear_down(&scene);
}

static void events_appended_before_the_start_are_published(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    append(&scene, 3000, 0); /* more than the window */
    start(&scene);
    wait_until(20, events_status(&scene).position == 3000);
    assert_int_equal(take_all(&scene, 3000), 3000);
    tear_down(&scene);
}

static void the_cursor_is_kept_over_a_restart(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    start(&scene);
    append(&scene, 20, 0);
    wait_until(20, events_status(&scene).position == 20);
    stop(&scene);
    append(&scene, 10, 0);
    start(&scene);
    wait_until(20, events_status(&scene).position == 30);
    assert_int_equal(take_all(&scene, 30), 30); /* none twice */
    tear_down(&scene);
}

/* The position exists, the event there is another; or the log ends before the position. */
static void after_a_cursor_that_does_not_match_the_log_all_events_are_published(void **state)
{
    (void)state;
    for (int64_t position = 3; position <= 30; position += 27) {
        struct scene scene;
        put_up(&scene);
        append(&scene, 20, 0);
        scene.cursor = (struct stored_cursor){.name = "events", .at.position = position};
        stop(&scene);
        scene.cursor = (struct stored_cursor){0};
        start(&scene);
        wait_until(20, events_status(&scene).position == 20);
        assert_int_equal(take_all(&scene, 20), 20);
        tear_down(&scene);
    }
}

static void kill_the_process(void *context, const char *name, const struct checkpoint *at)
{
    (void)context, (void)name, (void)at;
    kill(getpid(), SIGKILL);
}

/* The broker has confirmed events, and the process is killed before the cursor is saved. */
static void events_published_before_a_kill_are_published_again_and_none_is_lost(void **state)
{
    (void)state;
    struct scene scene;
    int status;
    put_up(&scene);
    append(&scene, 20, 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        start_with(&scene, kill_the_process);
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    append(&scene, 5, 0);
    start(&scene);
    wait_until(20, events_status(&scene).position == 25);
    assert_true(take_all(&scene, 25) > 25);
    tear_down(&scene);
}

static int saves_of(struct scene *scene)
{
    pthread_mutex_lock(&scene->mutex);
    int saves = scene->saves;
    pthread_mutex_unlock(&scene->mutex);
    return saves;
}

static void an_idle_relay_saves_its_cursor_once(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    append(&scene, 20, 0);
    start(&scene);
    wait_until(20, saves_of(&scene) > 0 && events_status(&scene).position == 20);
    stop(&scene);
    int saves = saves_of(&scene);
    assert_int_equal(scene.cursor.at.position, 20);
    start(&scene);
    wait_until(20, events_status(&scene).connected && log_status(&scene).connected);
    relays_wake(scene.relays, 20);
    stop(&scene);
    assert_int_equal(scene.saves, saves);
    tear_down(&scene);
}

static void nothing_is_lost_when_the_connection_is_cut_midway(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    append(&scene, 2000, 200);
    for (int64_t bytes = 3000; bytes < 1000000; bytes *= 5) { /* at five places */
        proxy_cut_after(proxy, bytes);
        if (!scene.relays)
            start(&scene);
        int connections = proxy_connections(proxy);
        wait_until(20, proxy_connections(proxy) > connections ||
                           events_status(&scene).position == 2000);
    }
    wait_until(20, events_status(&scene).position == 2000);
    assert_true(proxy_connections(proxy) > 2);
    assert_true(take_all(&scene, 2000) >= 2000);
    tear_down(&scene);
    proxy_close(proxy);
}

static void the_cursor_never_passes_an_unconfirmed_event(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    start(&scene);
    append(&scene, 5, 0);
    wait_until(20, events_status(&scene).position == 5 && log_status(&scene).connected);
    proxy_stall(proxy, true); /* what is sent now arrives nowhere, for all the relay knows */
    append(&scene, 50, 0);
    wait_until(20, log_status(&scene).position == 55);
    assert_int_equal(events_status(&scene).position, 5);
    proxy_refuse(proxy, true);
    proxy_cut(proxy);
    proxy_stall(proxy, false);
    wait_until(20, !events_status(&scene).connected);
    assert_int_equal(events_status(&scene).position, 5);
    stop(&scene);
    proxy_refuse(proxy, false);
    start(&scene);
    wait_until(20, events_status(&scene).position == 55);
    take_all(&scene, 55);
    tear_down(&scene);
    proxy_close(proxy);
}

static void without_a_broker_a_relay_reports_why_and_keeps_trying(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    proxy_refuse(proxy, true);
    start(&scene);
    append(&scene, 5, 0);
    wait_until(20, proxy_connections(proxy) >= 3);
    assert_false(log_status(&scene).connected);
    assert_text_contains(events_status(&scene).trouble, "RabbitMQ at 127.0.0.1");
    proxy_refuse(proxy, false);
    wait_until(20, events_status(&scene).position == 5 && log_status(&scene).connected);
    assert_string_equal(events_status(&scene).trouble, "");
    tear_down(&scene);
    proxy_close(proxy);
}

static void stopping_does_not_wait_for_a_silent_broker(void **state)
{
    (void)state;
    struct scene scene;
    put_up(&scene);
    struct proxy *proxy = proxy_open(scene.url.port);
    scene.url.port = proxy_port(proxy);
    proxy_stall(proxy, true);
    start(&scene);
    wait_until(20, proxy_connections(proxy) >= 1);
    int64_t begin_ms = test_now_ms();
    stop(&scene);
    assert_true(test_now_ms() - begin_ms < 8000);
    tear_down(&scene);
    proxy_close(proxy);
}

static void with_the_log_as_bus_no_relay_runs(void **state)
{
    (void)state;
    struct bus_url url = {.is_log = true};
    struct relays *relays = NULL;
    struct relay_status status[2];
    const char *directory = test_directory_make();
    relays_start(&(struct relay_options){.log_url = own_log_url(directory), .url = &url}, &relays);
    relays_wake(relays, 7);
    assert_int_equal(relays_status(relays, status), 0);
    relays_stop(relays);
    test_directory_remove(directory);
}

static void events_go_from_the_log_through_rabbitmq_to_a_subscriber(void **state)
{
    (void)state;
    struct scene scene;
    char name[64], queue[80];
    put_up(&scene);
    snprintf(name, sizeof name, "end%d", (int)getpid());
    snprintf(queue, sizeof queue, "annal.%s", name);
    struct recorder recorder = {.options = {.name = name,
                                            .log_url = own_log_url(scene.directory),
                                            .url = &scene.url,
                                            .wake_fd = -1}};
    struct metric_series *consuming = metric_series(METRIC_SUBSCRIPTION_CONSUMING, name);
    struct metric_series *filled = metric_series(METRIC_SUBSCRIPTION_FILLED, name);
    start(&scene);
    recorder_start(&recorder);
    wait_until(20, metric_value(consuming) == 1 && log_status(&scene).connected);
    for (int i = 1; i <= 40; i++) {
        append(&scene, 50, 2000); /* several messages each */
        wait_until(20, recorder.position == 50 * i);
    }
    assert_true(metric_value(filled) < 1000);
    assert_int_equal(recorder.applied, 2000);
    assert_int_equal(recorder_stop(&recorder), OK);
    assert_int_equal(metric_value(metric_series(METRIC_SUBSCRIPTION_FOREIGN, name)), 0);
    raw_broker_delete_queue(scene.raw, queue);
    tear_down(&scene);
}

static void an_edited_event_is_not_published_and_reported_as_damage(void **state)
{
    (void)state;
    struct scene scene;
    struct error found = {0};
    AUTO(text) struct text body = {0}, properties = {0};
    put_up(&scene);
    append(&scene, 20, 0);
    log_edit_event(scene.directory, 7);
    start(&scene);
    wait_until(20, log_damage_check(&scene.damage, &found) != OK);
    assert_text_contains(found.text, "position 7:");
    stop(&scene);
    while (raw_broker_get(scene.raw, scene.queue, &body, &properties))
        assert_true(strtoll(body.at + strlen("{\"n\":"), NULL, 10) < 7);
    tear_down(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_a_cloudevent_in_binary_mode),
        cmocka_unit_test(events_appended_before_the_start_are_published),
        cmocka_unit_test(the_cursor_is_kept_over_a_restart),
        cmocka_unit_test(after_a_cursor_that_does_not_match_the_log_all_events_are_published),
        cmocka_unit_test(events_published_before_a_kill_are_published_again_and_none_is_lost),
        cmocka_unit_test(an_idle_relay_saves_its_cursor_once),
        cmocka_unit_test(nothing_is_lost_when_the_connection_is_cut_midway),
        cmocka_unit_test(the_cursor_never_passes_an_unconfirmed_event),
        cmocka_unit_test(without_a_broker_a_relay_reports_why_and_keeps_trying),
        cmocka_unit_test(stopping_does_not_wait_for_a_silent_broker),
        cmocka_unit_test(with_the_log_as_bus_no_relay_runs),
        cmocka_unit_test(an_edited_event_is_not_published_and_reported_as_damage),
        cmocka_unit_test(events_go_from_the_log_through_rabbitmq_to_a_subscriber),
    };
    if (!raw_broker_is_there())
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
