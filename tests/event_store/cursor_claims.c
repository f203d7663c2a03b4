/* Cursors of relays: by name, durable, with or without events of the same set. */
#include "tests/event_store/conformance_claims.h"

#include <stdio.h>

static struct stored_cursor cursor(const char *name, int64_t position)
{
    struct stored_cursor cursor = {.at.position = position};
    snprintf(cursor.name, sizeof cursor.name, "%s", name);
    memset(cursor.at.hash, (int)position, EVENT_HASH_BYTES);
    return cursor;
}

static void save(struct event_store *log, const char *name, int64_t position)
{
    struct stored_cursor saved = cursor(name, position);
    struct write_set set;
    own_log_begin(log, &set);
    write_set_add_cursor(&set, &saved);
    own_log_store(log, &set);
}

static void assert_cursor(struct event_store *log, const char *name, int64_t position)
{
    struct stored_cursor expected = cursor(name, position);
    struct checkpoint found;
    memset(&found, 0xff, sizeof found);
    assert_ok(event_store_read_cursor(log, name, &found, &error));
    assert_int_equal(found.position, position);
    assert_memory_equal(found.hash, expected.at.hash, EVENT_HASH_BYTES);
    assert_string_equal(found.log_id, event_store_log_id(log));
}

static void a_cursor_that_was_never_stored_is_at_0(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    assert_cursor(log, "events", 0);
    save(log, "events", 3);
    assert_cursor(log, "event", 0);
}

static void every_handle_finds_a_stored_cursor(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    save(fixture->log, "events", 3);
    save(fixture->log, "other", 9);
    assert_cursor(reader, "events", 3);
    log_fixture_reopen(fixture);
    assert_cursor(fixture->log, "events", 3);
    assert_cursor(fixture->log, "other", 9);
}

static void a_cursor_replaces_the_one_before(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    save(log, "events", 9);
    save(log, "events", 4);
    assert_cursor(log, "events", 4);
}

static void a_cursor_is_stored_with_the_events_of_its_set(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct stored_cursor saved = cursor("events", 1);
    struct event event = {.type = slice_of("thing.done.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("1"),
                          .meta = slice_of("{}")};
    struct write_set set;
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/1", 1, &event);
    write_set_add_cursor(&set, &saved);
    own_log_store(log, &set);
    assert_int_equal(log_fixture_head(log), 1);
    assert_cursor(log, "events", 1);
}

static void a_set_with_cursors_alone_does_not_move_the_head(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct checkpoint before, after;
    log_fixture_fill(log, 3, 1);
    assert_ok(event_store_head(log, &before, NULL, &error));
    save(log, "events", 3);
    assert_ok(event_store_head(log, &after, NULL, &error));
    assert_int_equal(after.position, 3);
    assert_memory_equal(after.hash, before.hash, EVENT_HASH_BYTES);
}

static void the_cursor_of_a_set_that_is_not_stored_is_not_found(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct stored_cursor lost = cursor("events", 7);
    struct write_set late;
    struct error error = {0};
    save(log, "events", 3);
    own_log_begin(log, &late);
    write_set_add_cursor(&late, &lost);
    log_fixture_append(log, "thing/1", "1");
    assert_int_equal(event_store_store(log, &late, &error), EVENT_STORE_NOT_STORED);
    assert_int_equal(error.code, ERR_OTHER_WRITER);
    write_set_finish(&late);
    assert_cursor(log, "events", 3);
}

static const struct CMUnitTest claims[] = {
    CLAIM(a_cursor_that_was_never_stored_is_at_0),
    CLAIM(every_handle_finds_a_stored_cursor),
    CLAIM(a_cursor_replaces_the_one_before),
    CLAIM(a_cursor_is_stored_with_the_events_of_its_set),
    CLAIM(a_set_with_cursors_alone_does_not_move_the_head),
    CLAIM(the_cursor_of_a_set_that_is_not_stored_is_not_found),
};

const struct claim_table cursor_claims = CLAIM_TABLE(claims);
