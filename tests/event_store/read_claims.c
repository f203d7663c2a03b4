/* Reading: order, limits in events and in bytes, both directions, several readers, pages; the whole
 * chain verified. */
#include "tests/event_store/conformance_claims.h"

#include "event_store/event_verify.h"

#include <stdio.h>

static void batches_walk_through_the_whole_log(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 100, 7);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
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
    assert_ok(event_store_read_after(log, 10, READ_ALL, &batch, &error));
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
    assert_ok(event_store_read_stream(log, slice_of("thing/1"), INT64_MAX, READ_BACKWARD, READ_ALL,
                                      &batch, NULL, &error));
    assert_int_equal(batch.count, 10);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.events[i].version, 10 - i);
    assert_err(ERR_NO_STREAM, event_store_read_stream(log, slice_of("thing/2"), 1, READ_FORWARD,
                                                      READ_ALL, &batch, &version, &error));
    assert_int_equal(batch.count, 0);
}

static void the_pages_of_a_stream_end_at_their_bytes_but_have_one_event(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    struct slice stream = slice_of("thing/1");
    log_fixture_fill(log, 20, 2);
    assert_ok(event_store_read_stream(log, stream, 3, READ_FORWARD, (struct read_limit){10, 1},
                                      &batch, NULL, &error));
    assert_int_equal(batch.count, 1);
    assert_int_equal(batch.events[0].version, 3);
    size_t one = batch.bytes;
    assert_ok(event_store_read_stream(log, stream, 4, READ_BACKWARD,
                                      (struct read_limit){10, 2 * one}, &batch, NULL, &error));
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.events[0].version, 4);
    assert_int_equal(batch.events[1].version, 3);
}

static void reading_after_a_stream_s_end_returns_its_version_alone(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    int64_t version = 0;
    log_fixture_fill(log, 5, 1);
    assert_ok(event_store_read_stream(log, slice_of("thing/0"), 6, READ_FORWARD, READ_ALL, &batch,
                                      &version, &error));
    assert_int_equal(batch.count, 0);
    assert_int_equal(version, 5);
    assert_ok(event_store_read_stream(log, slice_of("thing/0"), 0, READ_BACKWARD, READ_ALL, &batch,
                                      &version, &error));
    assert_int_equal(batch.count, 0);
    assert_int_equal(version, 5);
}

static void an_open_reader_sees_events_stored_later(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct event event = {.type = slice_of("new.type.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    log_fixture_append(fixture->log, "thing/1", "1");
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    assert_int_equal(log_fixture_head(reader), 1);
    assert_ok(event_store_read_after(reader, 1, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 0);
    own_log_append(fixture->log, "new/stream", 1, &event);
    assert_ok(event_store_read_after(reader, 1, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 1);
    assert_true(slice_is(batch.events[0].type, "new.type.v1"));
    assert_true(slice_is(batch.events[0].stream, "new/stream"));
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
    assert_ok(event_store_read_after(log, 0, READ_ALL, &batch, &error));
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

/* Ids are sorted by their bytes, not by the rules of a language. */
static void a_category_s_streams_come_in_the_order_of_their_bytes(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    static const char *const streams[] = {"thing/a",   "thing/B",  "thing/~",
                                          "thing/_x",  "thing/10", "thing/9",
                                          "thing/a.b", "things/1", "thin/1"};
    AUTO(text) struct text ids = {0};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        log_fixture_append(log, streams[i], "1");
    assert_ok(event_store_streams_of(log, slice_of("thing"), slice_of(""), 100, collect_id, &ids,
                                     &error));
    assert_string_equal(ids.at, "10@1 9@1 B@1 _x@1 a@1 a.b@1 ~@1 ");
    text_clear(&ids);
    text_add(&ids, "none");
    assert_ok(event_store_streams_of(log, slice_of("thing"), slice_of("~"), 100, collect_id, &ids,
                                     &error));
    assert_ok(event_store_streams_of(log, slice_of("other"), slice_of(""), 100, collect_id, &ids,
                                     &error));
    assert_string_equal(ids.at, "none");
}

/* ---- verifying ---- */

static void a_whole_log_is_verified_up_to_its_head(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head, expected;
    assert_ok(event_verify(fixture->log, NULL, NULL, NULL, &head, &error));
    assert_int_equal(head.position, 0);
    log_fixture_fill(fixture->log, 2500, 10);
    assert_ok(event_store_head(fixture->log, &expected, NULL, &error));
    assert_ok(event_verify(fixture->log, NULL, NULL, NULL, &head, &error));
    assert_int_equal(head.position, 2500);
    assert_memory_equal(head.hash, expected.hash, EVENT_HASH_BYTES);
    assert_string_equal(head.log_id, event_store_log_id(fixture->log));
}

static void a_verification_compares_a_checkpoint_kept_elsewhere(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head, expect = {.position = 7};
    log_fixture_fill(fixture->log, 20, 4);
    assert_ok(event_store_hash_at(fixture->log, 7, expect.hash, &error));
    assert_ok(event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.hash[5] ^= 1;
    assert_err(ERR_CORRUPT, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.hash[5] ^= 1;
    expect.position = 21; /* the log was cut off */
    assert_err(ERR_CORRUPT, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
    expect.position = 7;
    snprintf(expect.log_id, sizeof expect.log_id, "another");
    assert_err(ERR_OTHER_LOG, event_verify(fixture->log, &expect, NULL, NULL, &head, &error));
}

static bool stop_at_once(void *context, int64_t position, int64_t head)
{
    int64_t *seen = context;
    *seen = position;
    assert_int_equal(head, 2500);
    return false;
}

static void a_verification_can_be_stopped(void **state)
{
    struct log_fixture *fixture = *state;
    struct checkpoint head;
    int64_t seen = 0;
    log_fixture_fill(fixture->log, 2500, 10);
    assert_err(ERR_INTERRUPTED,
               event_verify(fixture->log, NULL, stop_at_once, &seen, &head, &error));
    assert_in_range(seen, 1, 2499);
}

static const struct CMUnitTest claims[] = {
    CLAIM(batches_walk_through_the_whole_log),
    CLAIM(a_batch_ends_at_its_bytes_but_has_one_event),
    CLAIM(a_stream_is_read_forward_and_backward),
    CLAIM(the_pages_of_a_stream_end_at_their_bytes_but_have_one_event),
    CLAIM(reading_after_a_stream_s_end_returns_its_version_alone),
    CLAIM(an_open_reader_sees_events_stored_later),
    CLAIM(the_hash_at_a_position_is_that_event_s),
    CLAIM(a_category_s_streams_come_in_order_page_by_page),
    CLAIM(a_category_s_streams_come_in_the_order_of_their_bytes),
    CLAIM(a_whole_log_is_verified_up_to_its_head),
    CLAIM(a_verification_compares_a_checkpoint_kept_elsewhere),
    CLAIM(a_verification_can_be_stopped),
};

const struct claim_table read_claims = CLAIM_TABLE(claims);
