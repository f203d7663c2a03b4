/* Reading in batches: order, limits in events and in bytes, both directions, several readers. */
#include "tests/event_store/log_fixture.h"
#include "tests/support/claims.h"
#include "tests/support/log_edit.h"
#include "tests/support/own_log.h"

#include <stdio.h>
#include <unistd.h>

#define ALL ((struct read_limit){1000, 1000000})

static void batches_walk_through_the_whole_log(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 100, 7);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_string_equal(event_store_log_id(reader), event_store_log_id(fixture->log));
    int64_t position = 0;
    do {
        assert_ok(event_store_read_after(reader, position, (struct read_limit){9, 100000}, &batch,
                                         &error));
        for (size_t i = 0; i < batch.count; i++) {
            AUTO(text) struct text stream = {0};
            text_printf(&stream, "thing/%d", (int)position % 7);
            assert_int_equal(batch.events[i].position, ++position);
            assert_true(slice_equal(batch.events[i].stream, text_slice(&stream)));
        }
    } while (batch.count > 0);
    assert_int_equal(position, 100);
}

static void a_batch_ends_at_its_bytes_but_has_one_event(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(log, 10, 1);
    assert_ok(event_store_read_after(log, 0, (struct read_limit){10, 1}, &batch, &error));
    assert_int_equal(batch.count, 1);
    size_t one = batch.bytes;
    assert_ok(event_store_read_after(log, 0, (struct read_limit){10, 3 * one}, &batch, &error));
    assert_in_range(batch.count, 2, 3);
    assert_true(batch.bytes <= 3 * one);
    assert_ok(event_store_read_after(log, 10, ALL, &batch, &error));
    assert_int_equal(batch.count, 0);
}

static void a_stream_is_read_forward_and_backward(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t version = 0;
    log_fixture_fill(log, 20, 2);
    assert_ok(event_store_read_stream(log, slice_of("thing/1"), 4, READ_FORWARD,
                                      (struct read_limit){3, 9999}, &batch, &version, &error));
    assert_int_equal(version, 10);
    assert_int_equal(batch.count, 3);
    assert_int_equal(batch.events[0].version, 4);
    assert_int_equal(batch.events[0].position, 8);
    assert_int_equal(batch.events[2].version, 6);
    assert_ok(event_store_read_stream(log, slice_of("thing/1"), INT64_MAX, READ_BACKWARD, ALL,
                                      &batch, NULL, &error));
    assert_int_equal(batch.count, 10);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.events[i].version, 10 - i);
    assert_err(ERR_NO_STREAM, event_store_read_stream(log, slice_of("thing/2"), 1, READ_FORWARD,
                                                      ALL, &batch, &version, &error));
    assert_int_equal(batch.count, 0);
}

static void a_reader_that_was_open_before_sees_what_is_stored(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct event event = {.type = slice_of("new.type.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    log_fixture_append(fixture->log, "thing/1", "1");
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_int_equal(log_fixture_head(reader), 1);
    assert_ok(event_store_read_after(reader, 1, ALL, &batch, &error));
    assert_int_equal(batch.count, 0);
    own_log_append(fixture->log, "new/stream", 1, &event);
    assert_ok(event_store_read_after(reader, 1, ALL, &batch, &error));
    assert_int_equal(batch.count, 1);
    assert_true(slice_is(batch.events[0].type, "new.type.v1"));
    assert_true(slice_is(batch.events[0].stream, "new/stream"));
}

static void no_read_leaves_a_transaction_open(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 50, 3);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    struct read_limit few = {5, 1000};
    assert_ok(event_store_read_after(reader, 0, few, &batch, &error));
    assert_ok(event_store_read_stream(reader, slice_of("thing/1"), 1, READ_FORWARD, few, &batch,
                                      NULL, &error));
    assert_int_equal(log_fixture_head(reader), 50);
    /* TRUNCATE needs every reader to be out of the WAL. */
    assert_ok(db_checkpoint(event_log_of(fixture->log)->db, &error));
}

static void the_hash_at_a_position_is_that_event_s(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    unsigned char hash[EVENT_HASH_BYTES], zeros[EVENT_HASH_BYTES] = {0};
    struct checkpoint head;
    assert_ok(event_store_head(log, &head, NULL, &error));
    assert_int_equal(head.position, 0);
    assert_memory_equal(head.hash, zeros, sizeof zeros);
    log_fixture_fill(log, 3, 1);
    assert_ok(event_store_read_after(log, 0, ALL, &batch, &error));
    assert_ok(event_store_hash_at(log, 2, hash, &error));
    assert_memory_equal(hash, batch.events[1].hash, sizeof hash);
    assert_ok(event_store_hash_at(log, 0, hash, &error));
    assert_memory_equal(hash, zeros, sizeof hash);
    assert_err(ERR_NOT_FOUND, event_store_hash_at(log, 4, hash, &error));
}

static void collect_id(void *context, struct slice id, int64_t version)
{
    text_printf(context, "%.*s@%lld ", SLICE(id), (long long)version);
}

static void a_category_s_streams_come_in_order_page_by_page(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(text) struct text ids = {0};
    log_fixture_append(log, "other/0", "1");
    log_fixture_fill(log, 7, 5);
    assert_ok(
        event_store_streams_of(log, slice_of("thing"), slice_of(""), 2, collect_id, &ids, &error));
    assert_string_equal(ids.at, "0@2 1@2 ");
    text_clear(&ids);
    assert_ok(event_store_streams_of(log, slice_of("thing"), slice_of("1"), 10, collect_id, &ids,
                                     &error));
    assert_string_equal(ids.at, "2@1 3@1 4@1 ");
}

static void an_edited_event_is_not_returned(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 20, 2);
    log_edit_event(fixture->directory, 8);
    assert_err(ERR_CORRUPT, event_store_read_after(fixture->log, 0, ALL, &batch, &error));
    assert_int_equal(batch.count, 7); /* those before it are as they were stored */
    assert_err(ERR_CORRUPT, event_store_read_after(fixture->log, 7, ALL, &batch, &error));
    assert_ok(event_store_read_after(fixture->log, 8, ALL, &batch, &error));
    assert_err(ERR_CORRUPT, event_store_read_stream(fixture->log, slice_of("thing/1"), 1,
                                                    READ_FORWARD, ALL, &batch, NULL, &error));
    assert_err(ERR_CORRUPT, event_store_read_stream(fixture->log, slice_of("thing/1"), 4,
                                                    READ_BACKWARD, ALL, &batch, NULL, &error));
    assert_ok(event_store_read_stream(fixture->log, slice_of("thing/1"), 5, READ_FORWARD, ALL,
                                      &batch, NULL, &error));
    assert_ok(event_store_read_stream(fixture->log, slice_of("thing/0"), 1, READ_FORWARD, ALL,
                                      &batch, NULL, &error));
    assert_int_equal(batch.count, 10);
}

static void a_log_whose_wal_is_left_is_not_begun_anew(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(text) struct text path = {0}, away = {0}, wal = {0};
    struct event_store *log = NULL;
    text_printf(&path, "%s/" EVENT_LOG_FILE, fixture->directory);
    text_printf(&away, "%s.away", path.at);
    text_printf(&wal, "%s-wal", path.at);
    log_fixture_fill(fixture->log, 3, 1);
    event_store_close(fixture->log);
    fixture->log = NULL;
    assert_int_equal(rename(path.at, away.at), 0);
    test_file_write(wal.at, "frames");
    assert_err(ERR_OTHER_LOG, own_log_open(fixture->directory, EVENT_STORE_WRITE, &log, &error));
    assert_int_equal(unlink(wal.at), 0);
    assert_int_equal(rename(away.at, path.at), 0);
    log_fixture_reopen(fixture);
    assert_int_equal(log_fixture_head(fixture->log), 3);
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_log_whose_wal_is_left_is_not_begun_anew),
        CLAIM(batches_walk_through_the_whole_log),
        CLAIM(a_batch_ends_at_its_bytes_but_has_one_event),
        CLAIM(a_stream_is_read_forward_and_backward),
        CLAIM(a_reader_that_was_open_before_sees_what_is_stored),
        CLAIM(no_read_leaves_a_transaction_open),
        CLAIM(the_hash_at_a_position_is_that_event_s),
        CLAIM(an_edited_event_is_not_returned),
        CLAIM(a_category_s_streams_come_in_order_page_by_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
