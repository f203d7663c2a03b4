/* A COMMIT that fails: what is answered must be true after a crash at that very moment. A crash is
 * a copy of the file and its WAL, without the -shm file. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"
#include "tests/write_model/faulty_vfs.h"

#include "event_store/event_verify.h"
#include "event_store/sqlite/event_log.h"

#include <sys/stat.h>

static void copy_file(const char *from, const char *to, const char *name)
{
    AUTO(text) struct text source = {0}, target = {0};
    text_printf(&source, "%s/%s", from, name);
    text_printf(&target, "%s/%s", to, name);
    test_file_copy(source.at, target.at);
}

/* The head of the log that would be found after a crash now; the log is verified, too. */
static int64_t head_after_crash(const char *directory)
{
    const char *copy = test_directory_make();
    struct event_store *log = NULL;
    struct checkpoint head;
    copy_file(directory, copy, "events.db");
    copy_file(directory, copy, "events.db-wal");
    assert_ok(own_log_open(copy, EVENT_STORE_WRITE, &log, &error));
    assert_ok(event_verify(log, NULL, NULL, NULL, &head, &error));
    event_store_close(log);
    test_directory_remove(copy);
    return head.position;
}

/* A write set of `count` events, whose COMMIT fails. */
static void fail_to_store(struct event_store *log, int count, struct write_set *set)
{
    struct error error = {0};
    struct event event = {.type = slice_of("thing.lost.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    own_log_begin(log, set);
    for (int i = 0; i < count; i++)
        own_log_add(log, set, "thing/9", 1, &event);
    faulty_vfs_fail_syncs(1);
    assert_int_equal(event_store_store(log, set, &error), EVENT_STORE_UNKNOWN);
    assert_int_equal(error.code, ERR_IO);
}

/* Neither a handle that was open before nor a new one. */
static void assert_readers_see(struct event_store *reader, const char *directory, int64_t head)
{
    AUTO(event_store) struct event_store *late = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    assert_ok(own_log_open(directory, EVENT_STORE_READ, &late, &error));
    assert_int_equal(log_fixture_head(reader), head);
    assert_int_equal(log_fixture_head(late), head);
    assert_ok(event_store_read_after(reader, head, (struct read_limit){9, 999}, &batch, &error));
    assert_int_equal(batch.count, 0);
}

/* Without the fence, what a failed COMMIT left in the WAL comes back: the reason for all this. */
static void a_failed_commit_may_be_found_and_the_fence_covers_it(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    struct write_set set;
    log_fixture_fill(fixture->log, 5, 2);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    fail_to_store(fixture->log, 3, &set);
    assert_readers_see(reader, fixture->directory, 5);
    assert_int_equal(head_after_crash(fixture->directory), 8);
    assert_int_equal(event_store_resolve(fixture->log, &set, NULL), EVENT_STORE_NOT_STORED);
    write_set_finish(&set);
    assert_readers_see(reader, fixture->directory, 5);
    assert_int_equal(head_after_crash(fixture->directory), 5);
    log_fixture_fill(fixture->log, 2, 2);
    assert_int_equal(head_after_crash(fixture->directory), 7);
}

/* The same when the failed COMMIT was the first in a WAL that had just been started anew. */
static void the_fence_covers_a_failed_commit_at_the_start_of_the_wal(void **state)
{
    struct log_fixture *fixture = *state;
    for (int round = 0; round < 2; round++) {
        struct write_set set;
        int64_t head = log_fixture_head(fixture->log) + 200;
        log_fixture_fill(fixture->log, 200, 2);
        assert_ok(
            db_execute(event_log_of(fixture->log)->db, "PRAGMA wal_checkpoint(RESTART)", &error));
        fail_to_store(fixture->log, 1, &set);
        assert_int_equal(event_store_resolve(fixture->log, &set, NULL), EVENT_STORE_NOT_STORED);
        write_set_finish(&set);
        assert_int_equal(head_after_crash(fixture->directory), head);
    }
}

static void a_failed_commit_is_answered_nothing_stored_and_nothing_is(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{\"times\":5}", 201);
    for (int round = 0; round < 3; round++) {
        sent_init(&sent, "A", "add", "{\"times\":40}");
        sent.request.idempotency_key = "key";
        faulty_vfs_fail_syncs(1);
        sent_submit(&sent, fixture->desk);
        sent_wait(&sent);
        assert_int_equal(sent.answer.status, 503);
        assert_int_equal(sent.answer.err, ERR_NOTHING_STORED);
        assert_text_contains(sent.answer.body, "/problems/nothing-stored");
        sent_finish(&sent);
        assert_int_equal(head_after_crash(fixture->directory), 5);
        assert_int_equal(command_desk_head(fixture->desk), 5);
        assert_false(command_desk_failed(fixture->desk));
    }
    /* The state that was lost is not remembered, nor is the key. */
    sent_init(&sent, "A", "add", "{}");
    sent.request.idempotency_key = "key";
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_int_equal(sent.answer.status, 200);
    assert_int_equal(sent.answer.version, 6);
    sent_finish(&sent);
    char *newest = desk_fixture_newest(fixture, "counter/A");
    assert_string_equal(newest, "{\"n\":1,\"total\":6}");
    free(newest);
    assert_int_equal(head_after_crash(fixture->directory), 6);
}

static void when_the_fence_fails_too_the_outcome_is_unknown_and_the_desk_stops(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent, waiting, late;
    desk_fixture_send(fixture, "A", "add", "{}", 201);
    sent_init(&sent, "A", "hold", "{}");
    sent_init(&waiting, "A", "add", "{}");
    sent_init(&late, "A", "add", "{}");
    sent_submit(&sent, fixture->desk);
    counter_wait_held();
    sent_submit(&waiting, fixture->desk);
    faulty_vfs_fail_syncs(2);
    counter_release();
    sent_wait(&sent);
    sent_wait(&waiting);
    faulty_vfs_fail_syncs(0);
    assert_int_equal(sent.answer.status, 503);
    assert_int_equal(sent.answer.err, ERR_OUTCOME_UNKNOWN);
    assert_text_contains(sent.answer.body, "same Idempotency-Key");
    assert_int_equal(waiting.answer.err, ERR_STOPPING);
    assert_true(command_desk_failed(fixture->desk));
    assert_err(ERR_STOPPING, command_desk_submit(fixture->desk, &late.request, &error));
    sent_finish(&sent);
    sent_finish(&waiting);
    sent_finish(&late);
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{}", 200);
}

static void a_full_disk_stores_nothing_and_is_survived(void **state)
{
    struct desk_fixture *fixture = *state;
    desk_fixture_send(fixture, "A", "add", "{}", 201);
    for (int writes = 0; writes < 12; writes++) {
        struct sent sent;
        faulty_vfs_fill_after(writes);
        sent_run(&sent, fixture->desk, "A", "add", "{\"times\":9}");
        faulty_vfs_fill_after(-1);
        int64_t version = sent.answer.version;
        if (sent.answer.status == 200) { /* it had enough writes */
            assert_true(writes > 1);
            assert_int_equal(command_desk_trouble(fixture->desk), OK);
            assert_int_equal(head_after_crash(fixture->directory), version);
            sent_finish(&sent);
            return;
        }
        assert_int_equal(sent.answer.err, ERR_DISK_FULL);
        assert_text_contains(sent.answer.body, "nothing was stored: make room");
        assert_int_equal(command_desk_trouble(fixture->desk), ERR_DISK_FULL);
        sent_finish(&sent);
        assert_int_equal(head_after_crash(fixture->directory), 1);
    }
    fail_msg("it never had room enough");
}

int main(void)
{
    faulty_vfs_install();
#define CLAIM(claim, fixture)                                                                      \
    cmocka_unit_test_setup_teardown(claim, fixture##_setup, fixture##_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_failed_commit_may_be_found_and_the_fence_covers_it, log_fixture),
        CLAIM(the_fence_covers_a_failed_commit_at_the_start_of_the_wal, log_fixture),
        CLAIM(a_failed_commit_is_answered_nothing_stored_and_nothing_is, desk_fixture),
        CLAIM(when_the_fence_fails_too_the_outcome_is_unknown_and_the_desk_stops, desk_fixture),
        CLAIM(a_full_disk_stores_nothing_and_is_survived, desk_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
