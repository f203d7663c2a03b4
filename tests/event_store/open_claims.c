/* Opening: one writer, any number of readers, an id that stays; waiting for events. */
#include "tests/event_store/conformance_claims.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static void the_log_keeps_its_id_and_head_when_it_is_opened_again(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text id = {0};
    struct checkpoint before, after;
    text_add(&id, event_store_log_id(fixture->log));
    assert_int_equal(id.length, ID_UUID_BYTES - 1);
    log_fixture_fill(fixture->log, 5, 2);
    assert_ok(event_store_head(fixture->log, &before, NULL, &error));
    event_store_tidy(fixture->log);
    log_fixture_reopen(fixture);
    int64_t time_us;
    assert_ok(event_store_head(fixture->log, &after, &time_us, &error));
    assert_string_equal(id.at, event_store_log_id(fixture->log));
    assert_string_equal(id.at, after.log_id);
    assert_int_equal(after.position, 5);
    assert_int_equal(time_us, 1000004);
    assert_memory_equal(before.hash, after.hash, EVENT_HASH_BYTES);
    assert_ok(event_store_check(fixture->log, &error));
}

static void each_log_has_a_different_id(void **state)
{
    struct log_fixture *fixture = *state;
    void *other = (void *)(uintptr_t)fixture->engine;
    log_fixture_setup(&other);
    assert_string_not_equal(event_store_log_id(fixture->log),
                            event_store_log_id(((struct log_fixture *)other)->log));
    log_fixture_teardown(&other);
}

static void a_second_writer_is_rejected_with_the_name_and_pid_of_the_holder(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *second = NULL;
    struct error error = {0};
    char pid[32];
    assert_int_equal(log_fixture_open(fixture, EVENT_STORE_WRITE, &second, &error), ERR_LOCKED);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_text_contains(error.text, "annal commands");
    assert_text_contains(error.text, pid);
    assert_null(second);
    log_fixture_append(fixture->log, "thing/1", "1"); /* the first still writes */
    log_fixture_reopen(fixture);                      /* a closed log has no holder */
}

static void a_reader_does_not_create_a_missing_log(void **state)
{
    struct log_fixture *fixture = *state;
    struct event_store *log = NULL;
    for (int i = 0; i < 2; i++)
        assert_err(ERR_NOT_FOUND, log_fixture_open(fixture, EVENT_STORE_READ, &log, &error));
    assert_ok(log_fixture_open(fixture, EVENT_STORE_WRITE, &fixture->log, &error));
    assert_int_equal(log_fixture_head(fixture->log), 0);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &log, &error));
    assert_int_equal(log_fixture_head(log), 0);
    event_store_close(log);
}

/* ---- waiting ---- */

#define ROUNDS     3
#define NO_TIME_MS 0
#define HOUR_MS    (60 * 60 * 1000)

struct waiting_reader {
    const struct log_fixture *fixture;
    struct pollfd stop;     /* readable: ends the waiting */
    _Atomic int64_t waited; /* events seen after waiting */
    pthread_t thread;
};

/* The thread opens its own handle, and asserts nothing: a claim can fail only in the main thread. */
static void *wait_for_each_event(void *context)
{
    struct waiting_reader *reader = context;
    AUTO(event_store) struct event_store *log = NULL;
    struct error error = {0};
    if (log_fixture_open(reader->fixture, EVENT_STORE_READ, &log, &error) != OK)
        return NULL;
    for (int64_t position = 0; position < ROUNDS && !reader->stop.revents; position++) {
        struct checkpoint head;
        if (event_store_wait_for_more(log, position, HOUR_MS, &reader->stop, 1, &error) != OK ||
            event_store_head(log, &head, NULL, &error) != OK || head.position <= position)
            return NULL;
        atomic_store(&reader->waited, position + 1);
    }
    return NULL;
}

static void waiting_ends_when_another_handle_appends(void **state)
{
    struct log_fixture *fixture = *state;
    static struct waiting_reader reader; /* outlives a claim that fails */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    reader = (struct waiting_reader){.fixture = fixture, .stop = {.fd = ends[0], .events = POLLIN}};
    assert_int_equal(pthread_create(&reader.thread, NULL, wait_for_each_event, &reader), 0);
    bool in_time = true;
    for (int64_t i = 1; i <= ROUNDS && in_time; i++) {
        log_fixture_append(fixture->log, "thing/1", "1");
        int64_t deadline_ms = test_now_ms() + 20000;
        while (atomic_load(&reader.waited) < i && (in_time = test_now_ms() < deadline_ms))
            test_pause_ms(1);
    }
    assert_int_equal(write(ends[1], "x", 1), 1);
    pthread_join(reader.thread, NULL);
    close(ends[0]);
    close(ends[1]);
    assert_true(in_time);
    assert_int_equal(reader.waited, ROUNDS);
}

static void waiting_ends_at_once_if_the_log_has_more(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    log_fixture_fill(log, 5, 1);
    assert_ok(event_store_wait_for_more(log, 4, HOUR_MS, NULL, 0, &error));
}

static void waiting_ends_after_its_time_or_at_a_readable_descriptor(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    assert_ok(event_store_wait_for_more(log, 0, NO_TIME_MS, &fd, 1, &error));
    assert_int_equal(fd.revents, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_ok(event_store_wait_for_more(log, 0, HOUR_MS, &fd, 1, &error));
    assert_int_equal(fd.revents, POLLIN);
    close(ends[0]);
    close(ends[1]);
}

static const struct CMUnitTest claims[] = {
    CLAIM(the_log_keeps_its_id_and_head_when_it_is_opened_again),
    CLAIM(each_log_has_a_different_id),
    CLAIM(a_second_writer_is_rejected_with_the_name_and_pid_of_the_holder),
    cmocka_unit_test_setup_teardown(a_reader_does_not_create_a_missing_log, log_fixture_prepare,
                                    log_fixture_teardown),
    CLAIM(waiting_ends_when_another_handle_appends),
    CLAIM(waiting_ends_at_once_if_the_log_has_more),
    CLAIM(waiting_ends_after_its_time_or_at_a_readable_descriptor),
};

const struct claim_table open_claims = CLAIM_TABLE(claims);
