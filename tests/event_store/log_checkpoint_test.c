/* The WAL does not grow without end, even while readers overlap. */
#include "event_store/sqlite/event_log.h"
#include "telemetry/metrics.h"
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define LARGE_EVENT (8L * 1024 * 1024)

static int64_t wal_bytes(const struct log_fixture *fixture)
{
    AUTO(text) struct text path = {0};
    struct stat status;
    text_printf(&path, "%s/%s-wal", fixture->directory, EVENT_LOG_FILE);
    return stat(path.at, &status) == 0 ? status.st_size : 0;
}

static void append_large(struct log_fixture *fixture)
{
    static char data[LARGE_EVENT + 1];
    memset(data, '1', LARGE_EVENT);
    log_fixture_append(fixture->log, "thing/large", data);
    event_store_tidy(fixture->log);
}

struct overlapping {
    const char *directory;
    pthread_t thread;
    atomic_bool stop;
};

static void toggle(struct event_store *reader, bool begin)
{
    assert_ok(db_execute(event_log_of(reader)->db,
                         begin ? "BEGIN; SELECT max(position) FROM events" : "COMMIT", &error));
}

/* Two readers of which one is always in a transaction. */
static void *read_overlapping(void *context)
{
    struct overlapping *self = context;
    AUTO(event_store) struct event_store *one = NULL, *two = NULL;
    assert_ok(own_log_open(self->directory, EVENT_STORE_READ, &one, &error));
    assert_ok(own_log_open(self->directory, EVENT_STORE_READ, &two, &error));
    toggle(one, true);
    while (!atomic_load(&self->stop)) {
        toggle(two, true);
        toggle(one, false);
        test_pause_ms(1);
        toggle(one, true);
        toggle(two, false);
        test_pause_ms(1);
    }
    toggle(one, false);
    return NULL;
}

static void the_wal_is_bounded_while_readers_overlap(void **state)
{
    struct log_fixture *fixture = *state;
    struct overlapping readers = {.directory = fixture->directory};
    int64_t longest = 0;
    append_large(fixture);
    pthread_create(&readers.thread, NULL, read_overlapping, &readers);
    for (int i = 0; i < 25; i++) {
        append_large(fixture);
        longest = wal_bytes(fixture) > longest ? wal_bytes(fixture) : longest;
    }
    atomic_store(&readers.stop, true);
    pthread_join(readers.thread, NULL);
    assert_true(longest < 128L * 1024 * 1024);
}

static void the_size_of_the_wal_is_a_metric(void **state)
{
    struct log_fixture *fixture = *state;
    append_large(fixture);
    assert_int_equal(metric_value(metric_series(METRIC_LOG_WAL_BYTES, "")), wal_bytes(fixture));
}

static void a_short_wal_is_left_alone(void **state)
{
    struct log_fixture *fixture = *state;
    append_large(fixture);
    assert_true(wal_bytes(fixture) > LARGE_EVENT);
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(the_wal_is_bounded_while_readers_overlap),
        CLAIM(the_size_of_the_wal_is_a_metric),
        CLAIM(a_short_wal_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
