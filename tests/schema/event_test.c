/* The hash chain against vectors made with another SHA-256, and the parts of an event. */
#include "base/encoding.h"
#include "tests/support/claims.h"

#include "schema/event.h"
#include "schema/event_batch.h"

static const struct event first = {
    .position = 1,
    .version = 1,
    .time_us = 1767225600000000,
    .stream = {"loan/L-1", 8},
    .type = {"loan.opened.v1", 14},
    .id = {"5f2c1d3e-0000-4000-8000-000000000001", 36},
    .data = {"{\"memberId\":\"M-7\",\"branch\":\"CPH\"}", 33},
    .meta = {"{\"correlationid\":\"c-1\"}", 23},
};
static const struct event second = {
    .position = 2,
    .version = 2,
    .time_us = 1767225600000001,
    .stream = {"loan/L-1", 8},
    .type = {"loan.requested.v1", 17},
    .id = {"e-2", 3},
    .data = {"null", 4},
    .meta = {"{}", 2},
};

static void hash_hex(const unsigned char *previous, const struct event *event, struct text *out)
{
    struct sha256 *sha = sha256_create();
    unsigned char hash[EVENT_HASH_BYTES];
    event_compute_hash(sha, previous, event, hash);
    sha256_destroy(sha);
    encoding_write_hex(hash, sizeof hash, out);
}

/* The vectors are from Python's hashlib:
 *   u = lambda n: struct.pack('>Q', n); x = lambda s: u(len(s)) + s
 *   first = sha256(bytes(32) + u(1) + x(b'loan/L-1') + u(1) + x(b'loan.opened.v1')
 *                  + u(1767225600000000) + x(id) + x(data) + x(meta))
 *   second = sha256(first + u(2) + …)
 */
static void hash_of_the_first_event_covers_zeros(void **state)
{
    (void)state;
    AUTO(text) struct text hex = {0};
    hash_hex((const unsigned char[EVENT_HASH_BYTES]){0}, &first, &hex);
    assert_string_equal(hex.at, "31c507544c45f2b955f098bde1fa67599fc6787ba1df1f868fc505fd01764bf9");
}

static void hash_of_an_event_covers_the_hash_before(void **state)
{
    (void)state;
    unsigned char previous[EVENT_HASH_BYTES];
    assert_true(encoding_read_hex(
        slice_of("31c507544c45f2b955f098bde1fa67599fc6787ba1df1f868fc505fd01764bf9"), previous,
        sizeof previous));
    AUTO(text) struct text hex = {0};
    hash_hex(previous, &second, &hex);
    assert_string_equal(hex.at, "bf2ad44776249d592aa109377797f30f3bcb0966b8e21ec40519fbbe1f6770a7");
}

static void hash_changes_with_every_field(void **state)
{
    (void)state;
    struct event changed[8];
    for (size_t i = 0; i < 8; i++)
        changed[i] = first;
    changed[0].position++;
    changed[1].version++;
    changed[2].time_us++;
    changed[3].stream.length--;
    changed[4].type.length--;
    changed[5].id.length--;
    changed[6].data.length--;
    changed[7].meta.length--;
    AUTO(text) struct text original = {0};
    hash_hex((const unsigned char[EVENT_HASH_BYTES]){0}, &first, &original);
    for (size_t i = 0; i < 8; i++) {
        AUTO(text) struct text hex = {0};
        hash_hex((const unsigned char[EVENT_HASH_BYTES]){0}, &changed[i], &hex);
        assert_string_not_equal(hex.at, original.at);
    }
}

/* Without the lengths, a byte could move from the end of one text to the start of the next. */
static void hash_depends_on_where_a_text_ends(void **state)
{
    (void)state;
    struct event moved = first;
    moved.data = slice_of("{}");
    moved.meta = slice_of("{}{}");
    struct event other = moved;
    other.data = slice_of("{}{}");
    other.meta = slice_of("{}");
    AUTO(text) struct text a = {0}, b = {0};
    hash_hex((const unsigned char[EVENT_HASH_BYTES]){0}, &moved, &a);
    hash_hex((const unsigned char[EVENT_HASH_BYTES]){0}, &other, &b);
    assert_string_not_equal(a.at, b.at);
}

static void stream_has_a_category_and_an_id(void **state)
{
    (void)state;
    assert_true(slice_is(event_category(&first), "loan"));
    assert_true(slice_is(event_stream_id(&first), "L-1"));
}

static void stream_without_a_slash_is_only_a_category(void **state)
{
    (void)state;
    struct event event = {.stream = {"loan", 4}};
    assert_true(slice_is(event_category(&event), "loan"));
    assert_true(slice_is(event_stream_id(&event), ""));
    event = (struct event){0};
    assert_true(slice_is(event_category(&event), ""));
    assert_true(slice_is(event_stream_id(&event), ""));
}

static void attribute_is_read_from_meta(void **state)
{
    (void)state;
    assert_true(slice_is(event_attribute(&first, "correlationid"), "c-1"));
    assert_true(slice_is(event_attribute(&first, "causationid"), ""));
    struct event number = {.meta = {"{\"n\":12}", 8}};
    assert_true(slice_is(event_attribute(&number, "n"), ""));
}

static void batch_copies_added_events(void **state)
{
    (void)state;
    AUTO(event_batch) struct event_batch batch = {0};
    char stream[] = "loan/L-1";
    struct event event = first;
    event.stream = slice_of(stream);
    event_batch_add(&batch, &event);
    memset(stream, 'x', strlen(stream));
    assert_true(slice_is(batch.events[0].stream, "loan/L-1"));
    assert_true(slice_equal(batch.events[0].meta, first.meta));
    assert_int_equal(batch.events[0].meta.at[first.meta.length], '\0');
    assert_int_equal(batch.bytes, 8 + 14 + 36 + 33 + 23);
}

static void batch_grows_and_is_reused_after_clear(void **state)
{
    (void)state;
    AUTO(event_batch) struct event_batch batch = {0};
    for (int round = 0; round < 3; round++) {
        for (int64_t i = 1; i <= 1000; i++)
            event_batch_add(&batch, &(struct event){.position = i, .data = {"null", 4}});
        assert_int_equal(batch.count, 1000);
        assert_int_equal(batch.bytes, 4000);
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(batch.events[i].position, i + 1);
            assert_true(slice_is(batch.events[i].data, "null"));
            assert_true(slice_is(batch.events[i].stream, ""));
        }
        event_batch_clear(&batch);
        assert_int_equal(batch.count, 0);
        assert_int_equal(batch.bytes, 0);
    }
}

static void a_type_ends_in_its_version(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name;
        int64_t version;
    } types[] = {
        {"parcel.sent.v12", "parcel.sent", 12},
        {"parcel.sent", "parcel.sent", 0},
        {"parcel.sent.v", "parcel.sent.v", 0},
        {"parcel.v2.sent", "parcel.v2.sent", 0},
        {"parcel.sentv2", "parcel.sentv2", 0},
        {"parcel.sent.v0", "parcel.sent.v0", 0},
        {"parcel.sent.v99999999999999999999", "parcel.sent.v99999999999999999999", 0},
        {".v1", ".v1", 0},
        {"", "", 0},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct slice name;
        assert_int_equal(event_type_version(slice_of(types[i].type), &name), types[i].version);
        assert_true(slice_is(name, types[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(hash_of_the_first_event_covers_zeros),
        cmocka_unit_test(hash_of_an_event_covers_the_hash_before),
        cmocka_unit_test(hash_changes_with_every_field),
        cmocka_unit_test(hash_depends_on_where_a_text_ends),
        cmocka_unit_test(stream_has_a_category_and_an_id),
        cmocka_unit_test(stream_without_a_slash_is_only_a_category),
        cmocka_unit_test(a_type_ends_in_its_version),
        cmocka_unit_test(attribute_is_read_from_meta),
        cmocka_unit_test(batch_copies_added_events),
        cmocka_unit_test(batch_grows_and_is_reused_after_clear),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
