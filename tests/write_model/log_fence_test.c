/* After a failed COMMIT, each answer must be true even after a crash at that moment. A crash is simulated by
 * a copy of the file and its WAL, without the -shm file. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"
#include "tests/write_model/faulty_vfs.h"

#include "event_store/event_verify.h"
#include "event_store/sqlite/event_log.h"

#include <stdio.h>
#include <sys/stat.h>

static void copy_file(const char *from, const char *to, const char *name)
{
    AUTO(text) struct text source = {0}, target = {0};
    text_printf(&source, "%s/%s", from, name);
    text_printf(&target, "%s/%s", to, name);
    test_file_copy(source.at, target.at);
}

/* The head that a process would find after a crash now; also verifies that log. */
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

/* ---- nothing unacknowledged is visible ---- */

/* A reader's view of the log while a COMMIT of the writer is not synced yet. */
struct view {
    struct event_store *reader;
    const char *directory;
    int64_t head; /* of the log before the COMMIT */
    int looks;
};

/* Relays, feeds and projectors read with these functions alone. */
static void look(void *context)
{
    struct view *view = context;
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t version = 0;
    view->looks++;
    assert_readers_see(view->reader, view->directory, view->head);
    assert_ok(event_store_wait_for_more(view->reader, view->head, 0, NULL, 0, &error));
    assert_ok(event_store_read_stream(view->reader, slice_of("thing/0"), 1, READ_FORWARD,
                                      (struct read_limit){999, 99999}, &batch, &version, &error));
    assert_int_equal(batch.count, version);
    assert_int_equal(version, view->head);
    assert_err(ERR_NO_STREAM,
               event_store_read_stream(view->reader, slice_of("thing/9"), 1, READ_FORWARD,
                                       (struct read_limit){9, 999}, &batch, NULL, &error));
}

static void no_reader_sees_an_event_before_its_sync_has_succeeded(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    struct write_set set;
    log_fixture_fill(fixture->log, 5, 1);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    struct view view = {.reader = reader, .directory = fixture->directory, .head = 5};
    faulty_vfs_on_sync(look, &view);
    fail_to_store(fixture->log, 3, &set); /* within the sync that fails */
    assert_int_equal(view.looks, 1);
    look(&view); /* after it */
    assert_int_equal(event_store_resolve(fixture->log, &set, NULL), EVENT_STORE_NOT_STORED);
    write_set_finish(&set);
    look(&view); /* after the fence */
    faulty_vfs_on_sync(look, &view);
    log_fixture_append(fixture->log, "thing/9", "1"); /* within a sync that succeeds */
    assert_int_equal(view.looks, 4);
    assert_int_equal(log_fixture_head(reader), 6);
}

static _Atomic int64_t observed_head;

static void observe(void *context, int64_t head)
{
    (void)context;
    observed_head = head;
}

static void no_observer_is_called_for_a_commit_that_failed(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    observed_head = 0;
    command_desk_on_append(fixture->desk, observe, NULL);
    faulty_vfs_fail_syncs(1);
    desk_fixture_send(fixture, "A", "add", "{\"times\":3}", ERR_NOTHING_STORED);
    desk_fixture_send(fixture, "A", "add", "{\"n\":0}", OK); /* the desk has recovered */
    assert_int_equal(observed_head, 0);
    assert_int_equal(command_desk_head(fixture->desk), 0);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_int_equal(sent.answer.position, 1);
    sent_finish(&sent);
    wait_until(10, observed_head == 1);
    command_desk_forget(fixture->desk, NULL);
}

/* ---- the log's file is moved while a COMMIT is synced ---- */

struct move {
    struct text from, to;
};

static void move_file(void *context)
{
    const struct move *move = context;
    REQUIRE(rename(move->from.at, move->to.at) == 0);
}

static void
when_the_file_is_moved_during_a_commit_the_outcome_is_unknown_until_it_is_back(void **state)
{
    struct desk_fixture *fixture = *state;
    struct move move = {0};
    struct sent sent;
    text_printf(&move.from, "%s/events.db", fixture->directory);
    text_printf(&move.to, "%s/moved.db", fixture->directory);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    sent_init(&sent, "A", "add", "{}");
    sent.request.idempotency_key = "key";
    faulty_vfs_on_sync(move_file, &move);
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_int_equal(sent.answer.err, ERR_OUTCOME_UNKNOWN);
    sent_assert_detail(&sent, "once it has been put back, repeat the request");
    sent_finish(&sent);
    assert_true(command_desk_failed(fixture->desk));
    command_desk_close(fixture->desk);
    fixture->desk = NULL;
    assert_int_equal(rename(move.to.at, move.from.at), 0);
    assert_ok(command_desk_open(&fixture->options, &fixture->desk, &error));
    sent_init(&sent, "A", "add", "{}");
    sent.request.idempotency_key = "key";
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_accepted(&sent);
    assert_true(sent.answer.replayed);
    assert_int_equal(desk_fixture_head(fixture->directory), 2);
    sent_finish(&sent);
    text_finish(&move.from);
    text_finish(&move.to);
}

/* ---- the fence ---- */

/* Without the fence, recovery finds the events of a failed COMMIT in the WAL. */
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

/* The same when the failed COMMIT was the first in a restarted WAL. */
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

static void a_failed_commit_is_answered_as_not_stored_and_is_not_stored(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{\"times\":5}", OK);
    for (int round = 0; round < 3; round++) {
        sent_init(&sent, "A", "add", "{\"times\":40}");
        sent.request.idempotency_key = "key";
        faulty_vfs_fail_syncs(1);
        sent_submit(&sent, fixture->desk);
        sent_wait(&sent);
        assert_int_equal(sent.answer.err, ERR_NOTHING_STORED);
        sent_finish(&sent);
        assert_int_equal(head_after_crash(fixture->directory), 5);
        assert_int_equal(command_desk_head(fixture->desk), 5);
        assert_false(command_desk_failed(fixture->desk));
    }
    /* Neither the state nor the key of the failed COMMIT is kept. */
    sent_init(&sent, "A", "add", "{}");
    sent.request.idempotency_key = "key";
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_accepted(&sent);
    assert_int_equal(sent.answer.version, 6);
    sent_finish(&sent);
    char *newest = desk_fixture_newest(fixture, "counter/A");
    assert_string_equal(newest, "{\"n\":1,\"total\":6}");
    free(newest);
    assert_int_equal(head_after_crash(fixture->directory), 6);
}

static void the_desk_stops_when_the_fence_fails_too(void **state)
{
    struct desk_fixture *fixture = *state;
    struct sent sent, waiting, late;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
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
    assert_int_equal(sent.answer.err, ERR_OUTCOME_UNKNOWN);
    sent_assert_detail(&sent, "same Idempotency-Key");
    assert_int_equal(waiting.answer.err, ERR_STOPPING);
    assert_true(command_desk_failed(fixture->desk));
    assert_err(ERR_STOPPING, command_desk_submit(fixture->desk, &late.request, &error));
    sent_finish(&sent);
    sent_finish(&waiting);
    sent_finish(&late);
    desk_fixture_reopen(fixture);
    desk_fixture_send(fixture, "A", "add", "{}", OK);
}

static void the_desk_survives_a_full_disk_and_stores_nothing(void **state)
{
    struct desk_fixture *fixture = *state;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    for (int writes = 0; writes < 2; writes++) {
        struct sent sent;
        faulty_vfs_fill_after(writes);
        sent_run(&sent, fixture->desk, "A", "add", "{\"times\":9}");
        faulty_vfs_fill_after(-1);
        int64_t version = sent.answer.version;
        if (sent.answer.err == OK) {     /* the disk had space for all writes */
            assert_int_equal(writes, 1); /* all frames of a COMMIT */
            assert_int_equal(command_desk_ready(fixture->desk, NULL), OK);
            assert_int_equal(head_after_crash(fixture->directory), version);
            sent_finish(&sent);
            return;
        }
        assert_int_equal(sent.answer.err, ERR_DISK_FULL);
        assert_int_equal(command_desk_ready(fixture->desk, NULL), ERR_DISK_FULL);
        sent_finish(&sent);
        assert_int_equal(head_after_crash(fixture->directory), 1);
    }
    fail_msg("the disk was full each time");
}

int main(void)
{
    faulty_vfs_install();
#define CLAIM(claim, fixture)                                                                      \
    cmocka_unit_test_setup_teardown(claim, fixture##_setup, fixture##_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(no_reader_sees_an_event_before_its_sync_has_succeeded, log_fixture),
        CLAIM(no_observer_is_called_for_a_commit_that_failed, desk_fixture),
        CLAIM(when_the_file_is_moved_during_a_commit_the_outcome_is_unknown_until_it_is_back,
              desk_fixture),
        CLAIM(a_failed_commit_may_be_found_and_the_fence_covers_it, log_fixture),
        CLAIM(the_fence_covers_a_failed_commit_at_the_start_of_the_wal, log_fixture),
        CLAIM(a_failed_commit_is_answered_as_not_stored_and_is_not_stored, desk_fixture),
        CLAIM(the_desk_stops_when_the_fence_fails_too, desk_fixture),
        CLAIM(the_desk_survives_a_full_disk_and_stores_nothing, desk_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
