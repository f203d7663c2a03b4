/* Storing: order without gaps, all or nothing, times that never decrease, one hash for one history. */
#include "base/encoding.h"
#include "tests/event_store/conformance_claims.h"

static void positions_and_versions_have_no_gap(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(fixture->log, 30, 3);
    log_fixture_reopen(fixture);
    log_fixture_fill(fixture->log, 30, 3);
    assert_ok(event_store_read_after(fixture->log, 0, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 60);
    for (size_t i = 0; i < batch.count; i++) {
        assert_int_equal(batch.events[i].position, i + 1);
        assert_int_equal(batch.events[i].version, i / 3 + 1);
    }
}

static struct event thing(const char *type)
{
    return (struct event){
        .type = slice_of(type), .id = slice_of("x"), .data = slice_of("1"), .meta = slice_of("{}")};
}

/* The log must be unchanged: it has nothing of `set`. */
static void assert_nothing_is_stored(struct event_store *log, const struct checkpoint *before,
                                     struct slice source, struct slice id)
{
    AUTO(event_batch) struct event_batch batch = {0};
    struct checkpoint head;
    struct event_place place;
    int64_t expires_us;
    bool found;
    assert_ok(event_store_head(log, &head, NULL, &error));
    assert_int_equal(head.position, before->position);
    assert_memory_equal(head.hash, before->hash, EVENT_HASH_BYTES);
    assert_ok(event_store_read_after(log, before->position, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 0);
    assert_err(ERR_NO_STREAM, event_store_read_stream(log, slice_of("thing/late"), 1, READ_FORWARD,
                                                      READ_ALL, &batch, NULL, &error));
    assert_ok(event_store_find_external(log, source, id, &found, &place, &error));
    assert_false(found);
    assert_ok(event_store_newest_answer(log, &expires_us, &error));
    assert_int_equal(expires_us, 0);
}

/* One of everything that a set may hold. */
static void add_everything(struct write_set *set)
{
    static const unsigned char fingerprint[SHA256_BYTES] = {1};
    struct event event = thing("thing.late.v1");
    write_set_add_event(set, slice_of("thing/late"), 0, 1, &event);
    write_set_add_external(set, slice_of("/till"), slice_of("1"));
    write_set_add_answer(set, &(struct stored_answer){.key = slice_of("k"),
                                                      .fingerprint = fingerprint,
                                                      .expires_us = 1000});
    write_set_add_cursor(set, &(struct stored_cursor){.name = "events", .at = set->expected});
    write_set_add_snapshot(
        set, slice_of("thing/late"),
        &(struct stored_snapshot){
            .version = 1, .format = 1, .catalogue = slice_of("h"), .state = slice_of("{}")});
}

static void a_set_that_expects_another_head_is_rejected_as_a_whole(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct write_set late;
    struct checkpoint head;
    struct error error = {0};
    own_log_begin(log, &late);
    add_everything(&late);
    log_fixture_append(log, "thing/1", "1");
    assert_ok(event_store_head(log, &head, NULL, &error));
    assert_int_equal(event_store_store(log, &late, &error), EVENT_STORE_NOT_STORED);
    assert_int_equal(error.code, ERR_OTHER_WRITER);
    assert_nothing_is_stored(log, &head, slice_of("/till"), slice_of("1"));
    write_set_finish(&late);
}

/* The position is right, but the history before it differs. */
static void a_set_that_expects_another_hash_is_rejected(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct write_set set;
    struct checkpoint head, other;
    struct error error = {0};
    log_fixture_append(log, "thing/1", "1");
    assert_ok(event_store_head(log, &head, NULL, &error));
    other = head;
    other.hash[31] ^= 1;
    write_set_init(&set);
    write_set_begin(&set, &other, 1);
    add_everything(&set);
    assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_NOT_STORED);
    assert_int_equal(error.code, ERR_OTHER_WRITER);
    assert_nothing_is_stored(log, &head, slice_of("/till"), slice_of("1"));
    write_set_finish(&set);
}

static void a_set_that_fails_at_its_last_event_leaves_no_trace(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    struct write_set set;
    struct error error = {0};
    struct event event = thing("thing.undone.v1");
    log_fixture_append(log, "thing/1", "1");
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/2", 1, &event);
    write_set_add_event(&set, slice_of("thing/3"), 7, 1, &event); /* no such stream */
    assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_NOT_STORED);
    write_set_finish(&set);
    /* The position, stream number and type number that were rolled back are used again. */
    log_fixture_append(log, "thing/3", "2");
    assert_ok(event_store_read_after(log, 1, (struct read_limit){10, 1000}, &batch, &error));
    assert_int_equal(batch.count, 1);
    assert_true(slice_is(batch.events[0].stream, "thing/3"));
    assert_true(slice_is(batch.events[0].type, "thing.done.v1"));
    assert_int_equal(batch.events[0].position, 2);
}

static void a_set_whose_versions_do_not_follow_is_rejected(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    static const int64_t wrong[] = {0, 1, 3};
    log_fixture_fill(log, 2, 1); /* thing/0 is at version 2 */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct write_set set;
        struct error error = {0};
        struct event event = thing("thing.done.v1");
        own_log_begin(log, &set);
        write_set_add_event(&set, slice_of("thing/late"), 0, 1, &event); /* this one does */
        write_set_add_event(&set, slice_of("thing/0"), wrong[i], 1, &event);
        assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_NOT_STORED);
        assert_nothing_is_stored(log, &set.expected, slice_of("/till"), slice_of("1"));
        write_set_finish(&set);
    }
}

static void resolve_reports_whether_a_set_is_stored(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct write_set set;
    struct error error = {0};
    own_log_begin(log, &set);
    add_everything(&set);
    assert_int_equal(event_store_resolve(log, &set, &error), EVENT_STORE_NOT_STORED);
    assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_STORED);
    assert_int_equal(event_store_resolve(log, &set, &error), EVENT_STORE_STORED);
    log_fixture_append(log, "thing/1", "1");
    assert_int_equal(event_store_resolve(log, &set, &error), EVENT_STORE_UNKNOWN);
    assert_int_equal(error.code, ERR_OTHER_WRITER);
    write_set_finish(&set);
}

static void events_cut_off_a_set_are_not_stored(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    struct write_set set;
    struct event event = thing("thing.done.v1");
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/1", 1, &event);
    struct write_set_mark mark = write_set_mark(&set);
    for (int i = 0; i < 100; i++) {
        AUTO(text) struct text id = {0};
        text_printf(&id, "%d", i);
        own_log_add(log, &set, i % 2 ? "thing/1" : id.at, 1, &event);
        write_set_add_external(&set, slice_of("/till"), text_slice(&id));
    }
    write_set_cut(&set, &mark);
    assert_null(write_set_find_external(&set, slice_of("/till"), slice_of("7")));
    assert_null(write_set_find_stream(&set, slice_of("8")));
    own_log_add(log, &set, "thing/1", 1, &event);
    own_log_store(log, &set);
    assert_ok(event_store_read_after(log, 0, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 2);
    assert_int_equal(batch.events[1].version, 2);
}

static void times_never_decrease(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    log_fixture_fill(log, 10, 1); /* up to 1000009 */
    log_fixture_fill(log, 1, 1);  /* says 1000000 */
    assert_ok(event_store_read_after(log, 10, READ_ALL, &batch, &error));
    assert_int_equal(batch.events[0].time_us, 1000009);
}

static void texts_are_stored_byte_for_byte(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(event_batch) struct event_batch batch = {0};
    AUTO(text) struct text large = {0};
    text_add_char(&large, '"');
    memset(text_reserve(&large, 1 << 20), 'x', 1 << 20);
    large.length += 1 << 20;
    text_add_char(&large, '"');
    struct event events[] = {
        {.type = slice_of("thing.done.v1"),
         .id = slice_of("it's; 100% \\ \xf0\x9f\x8e\x81"),
         .data = slice_of("{\"b\":1.0,\"a\":[ ],\"n\":\"\\u0000 \xc3\xa5 ''\"}"),
         .meta = slice_of("{\"z\":1,\"a\":\"\\\\\"}")},
        {.type = slice_of("thing.done.v1"),
         .id = slice_of("large"),
         .data = text_slice(&large),
         .meta = slice_of("{}")},
    };
    for (size_t i = 0; i < 2; i++)
        own_log_append(log, "thing/A-z_0.~", 1, &events[i]);
    assert_ok(event_store_read_after(log, 0, READ_ALL, &batch, &error));
    assert_int_equal(batch.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(slice_is(batch.events[i].stream, "thing/A-z_0.~"));
        assert_true(slice_equal(batch.events[i].type, events[i].type));
        assert_true(slice_equal(batch.events[i].id, events[i].id));
        assert_true(slice_equal(batch.events[i].data, events[i].data));
        assert_true(slice_equal(batch.events[i].meta, events[i].meta));
    }
}

/* The hash was computed without annal, with Python's hashlib and struct, from the rule that
 * schema/event.h states. Every engine must give the same. */
static void a_fixed_history_gives_a_fixed_hash(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(text) struct text hash = {0};
    struct write_set set;
    struct checkpoint head;
    static const struct {
        const char *stream, *type, *id, *data, *meta;
        int64_t time_us;
    } rows[] = {
        {"thing/\xc3\xa5", "thing.begun.v1", "e-1", "{\"n\":1}", "{}", 1000000},
        {"other/1", "thing.done.v1", "e-2", "null", "{\"correlationid\":\"c\"}", 999999},
        {"thing/\xc3\xa5", "thing.done.v1", "e-3", "\"\xc3\xa6\"", "{}", 2000000},
    };
    own_log_begin(log, &set);
    for (size_t i = 0; i < 3; i++) {
        struct event event = {.type = slice_of(rows[i].type),
                              .id = slice_of(rows[i].id),
                              .data = slice_of(rows[i].data),
                              .meta = slice_of(rows[i].meta)};
        own_log_add(log, &set, rows[i].stream, rows[i].time_us, &event);
    }
    own_log_store(log, &set);
    assert_ok(event_store_head(log, &head, NULL, &error));
    encoding_write_hex(head.hash, EVENT_HASH_BYTES, &hash);
    assert_string_equal(hash.at,
                        "3f7c6c85c853d6410fe85068e587651c585b4fc808d469c153111c78a5d9a0e9");
}

static void an_external_event_is_found_by_its_source_and_id(void **state)
{
    struct log_fixture *fixture = *state;
    struct slice source = slice_of("urn:o'brien"), id = slice_of("100%_\\");
    struct write_set set;
    struct event event = thing("thing.heard.v1");
    struct event_place place;
    bool found;
    log_fixture_append(fixture->log, "thing/1", "1");
    own_log_begin(fixture->log, &set);
    own_log_add(fixture->log, &set, "thing/1", 1, &event);
    write_set_add_external(&set, source, id);
    own_log_store(fixture->log, &set);
    log_fixture_reopen(fixture);
    assert_ok(event_store_find_external(fixture->log, source, id, &found, &place, &error));
    assert_true(found);
    assert_int_equal(place.position, 2);
    assert_int_equal(place.version, 2);
    assert_true(slice_is(place.stream, "thing/1"));
    assert_true(slice_is(place.type, "thing.heard.v1"));
    assert_ok(
        event_store_find_external(fixture->log, source, slice_of("100"), &found, &place, &error));
    assert_false(found);
    assert_ok(event_store_find_external(fixture->log, slice_of("urn"), id, &found, &place, &error));
    assert_false(found);
}

static void an_external_event_is_stored_once(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    struct write_set set;
    struct error error = {0};
    struct event event = thing("thing.heard.v1");
    struct event_place place;
    bool found;
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/1", 1, &event);
    write_set_add_external(&set, slice_of("/till"), slice_of("1"));
    own_log_store(log, &set);
    log_fixture_fill(log, 100, 10);
    own_log_begin(log, &set);
    own_log_add(log, &set, "thing/again", 1, &event);
    write_set_add_external(&set, slice_of("/till"), slice_of("1"));
    assert_int_equal(event_store_store(log, &set, &error), EVENT_STORE_NOT_STORED);
    write_set_finish(&set);
    assert_int_equal(log_fixture_head(log), 101);
    assert_ok(
        event_store_find_external(log, slice_of("/till"), slice_of("1"), &found, &place, &error));
    assert_true(found);
    assert_int_equal(place.position, 1);
}

static const struct CMUnitTest claims[] = {
    CLAIM(positions_and_versions_have_no_gap),
    CLAIM(a_set_that_expects_another_head_is_rejected_as_a_whole),
    CLAIM(a_set_that_expects_another_hash_is_rejected),
    CLAIM(a_set_that_fails_at_its_last_event_leaves_no_trace),
    CLAIM(a_set_whose_versions_do_not_follow_is_rejected),
    CLAIM(resolve_reports_whether_a_set_is_stored),
    CLAIM(events_cut_off_a_set_are_not_stored),
    CLAIM(times_never_decrease),
    CLAIM(texts_are_stored_byte_for_byte),
    CLAIM(a_fixed_history_gives_a_fixed_hash),
    CLAIM(an_external_event_is_found_by_its_source_and_id),
    CLAIM(an_external_event_is_stored_once),
};

const struct claim_table store_claims = CLAIM_TABLE(claims);
