/* Prefetching: streams, keys and external events at once; snapshots, and bounds by version and time. */
#include "tests/event_store/conformance_claims.h"

#define MOST 4

/* What the sink received, by the index in each list; engines may read the lists in any order. */
struct found {
    struct text streams[MOST], answers[MOST], externals[MOST];
    bool refuse_snapshots;
    int64_t fail_at; /* the version at which the sink fails; 0: none */
};

static void found_finish(struct found *found)
{
    for (size_t i = 0; i < MOST; i++) {
        text_finish(&found->streams[i]);
        text_finish(&found->answers[i]);
        text_finish(&found->externals[i]);
    }
}
AUTO_FINISH(found, struct found, found_finish)

static bool take_snapshot(void *context, size_t stream, int64_t version, struct slice state)
{
    struct found *found = context;
    text_printf(&found->streams[stream], "snapshot %lld %.*s%s, ", (long long)version, SLICE(state),
                found->refuse_snapshots ? " refused" : "");
    return !found->refuse_snapshots;
}

static enum err take_event(void *context, size_t stream, const struct event *event,
                           struct error *error)
{
    struct found *found = context;
    if (event->version == found->fail_at)
        return error_set(error, ERR_USAGE, "the sink fails");
    text_printf(&found->streams[stream], "%.*s ", SLICE(event->data));
    return OK;
}

static enum err take_version(void *context, size_t stream, int64_t version, struct error *error)
{
    struct found *found = context;
    (void)error;
    text_printf(&found->streams[stream], "version %lld", (long long)version);
    return OK;
}

static enum err take_answer(void *context, size_t key, const struct stored_answer *answer,
                            const char *fault, struct error *error)
{
    struct found *found = context;
    (void)error;
    assert_null(fault);
    text_printf(&found->answers[key], "%.*s %s", SLICE(answer->answer.stream),
                error_slug(answer->answer.err));
    return OK;
}

static enum err take_external(void *context, size_t external, const struct event_place *place,
                              struct error *error)
{
    struct found *found = context;
    (void)error;
    text_printf(&found->externals[external], "%.*s %.*s %lld %lld", SLICE(place->stream),
                SLICE(place->type), (long long)place->position, (long long)place->version);
    return OK;
}

static struct prefetch_sink sink_into(struct found *found)
{
    return (struct prefetch_sink){.context = found,
                                  .snapshot = take_snapshot,
                                  .event = take_event,
                                  .version = take_version,
                                  .answer = take_answer,
                                  .external = take_external};
}

/* Events of one stream, "thing/1", whose data are 1, 2, 3 … and whose times 1000, 2000, 3000 …;
 * a snapshot at its version `snapshot`. */
static void fill(struct event_store *log, int count, int64_t snapshot)
{
    struct write_set set;
    own_log_begin(log, &set);
    for (int i = 1; i <= count; i++) {
        AUTO(text) struct text data = {0};
        text_add_int(&data, i);
        struct event event = {.type = slice_of("thing.done.v1"),
                              .id = slice_of("x"),
                              .data = text_slice(&data),
                              .meta = slice_of("{}")};
        own_log_add(log, &set, "thing/1", i * 1000, &event);
    }
    if (snapshot)
        write_set_add_snapshot(&set, slice_of("thing/1"),
                               &(struct stored_snapshot){.version = snapshot,
                                                         .format = 5,
                                                         .catalogue = slice_of("hash-1"),
                                                         .state = slice_of("{\"n\":1}")});
    own_log_store(log, &set);
}

/* A prefetch of one stream must read `expected`. */
static void assert_stream(struct event_store *log, const struct prefetch_stream *stream,
                          const char *expected)
{
    AUTO(found) struct found found = {0};
    struct event_prefetch wanted = {.streams = stream, .stream_count = 1};
    struct prefetch_sink sink = sink_into(&found);
    assert_ok(event_store_prefetch(log, &wanted, &sink, &error));
    assert_string_equal(found.streams[0].at, expected);
}

#define THING_1 .name = slice_of("thing/1")
#define STREAM(...)                                                                                \
    &(struct prefetch_stream)                                                                      \
    {                                                                                              \
        THING_1, __VA_ARGS__                                                                       \
    }

static void streams_end_at_the_bounds_of_version_and_time(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    fill(log, 5, 0);
    assert_stream(log, STREAM(.version = 0), "1 2 3 4 5 version 5");
    assert_stream(log, STREAM(.version = 3), "1 2 3 version 3");
    assert_stream(log, STREAM(.version = 9), "1 2 3 4 5 version 5");
    assert_stream(log, STREAM(.at_us = 2000), "1 2 version 2");
    assert_stream(log, STREAM(.at_us = 2999), "1 2 version 2");
    assert_stream(log, STREAM(.at_us = 2000, .version = 1), "1 version 1");
    assert_stream(log, STREAM(.at_us = 999), "version 0"); /* it had not begun */
}

static void a_prefetch_of_versions_reads_no_events(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    fill(log, 5, 3);
    assert_stream(log, STREAM(.version_only = true, .format = 5, .catalogue = "hash-1"),
                  "version 5");
    assert_stream(log, &(struct prefetch_stream){slice_of("thing/2"), .version_only = true},
                  "version 0");
}

static void a_matching_snapshot_replaces_the_events_up_to_its_version(void **state)
{
    struct log_fixture *fixture = *state;
    fill(fixture->log, 5, 3);
    log_fixture_reopen(fixture);
    struct event_store *log = fixture->log;
    const char *with = "snapshot 3 {\"n\":1}, 4 5 version 5";
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1"), with);
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1", .version = 3),
                  "snapshot 3 {\"n\":1}, version 3");
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1", .at_us = 4000),
                  "snapshot 3 {\"n\":1}, 4 version 4");
}

static void all_events_are_read_without_a_matching_snapshot(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    const char *all = "1 2 3 4 5 version 5";
    fill(log, 5, 3);
    assert_stream(log, STREAM(.format = 4, .catalogue = "hash-1"), all);
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-2"), all);
    assert_stream(log, STREAM(.format = 5), all);
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1", .version = 2), "1 2 version 2");
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1", .at_us = 2000), "1 2 version 2");
}

static void all_events_are_read_after_the_sink_rejects_the_snapshot(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(found) struct found found = {.refuse_snapshots = true};
    struct event_prefetch wanted = {.streams = STREAM(.format = 5, .catalogue = "hash-1"),
                                    .stream_count = 1};
    struct prefetch_sink sink = sink_into(&found);
    fill(log, 5, 3);
    assert_ok(event_store_prefetch(log, &wanted, &sink, &error));
    assert_string_equal(found.streams[0].at, "snapshot 3 {\"n\":1} refused, 1 2 3 4 5 version 5");
}

static void a_snapshot_replaces_the_one_before(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    fill(log, 3, 2);
    fill(log, 2, 5);
    assert_stream(log, STREAM(.format = 5, .catalogue = "hash-1"),
                  "snapshot 5 {\"n\":1}, version 5");
}

/* Event 5, external, of "other/1"; answers to "k" and to "expired", which expire at 100 and 50. */
static void add_external_and_answers(struct event_store *log)
{
    static const unsigned char fingerprint[SHA256_BYTES];
    struct write_set set;
    struct event event = {.type = slice_of("other.heard.v1"),
                          .id = slice_of("x"),
                          .data = slice_of("true"),
                          .meta = slice_of("{}")};
    struct stored_answer answer = {.key = slice_of("k"),
                                   .fingerprint = fingerprint,
                                   .expires_us = 100,
                                   .answer.stream = slice_of("thing/1")};
    struct stored_answer late = answer;
    late.key = slice_of("expired");
    late.expires_us = 50;
    own_log_begin(log, &set);
    own_log_add(log, &set, "other/1", 1, &event);
    write_set_add_external(&set, slice_of("/till"), slice_of("7"));
    write_set_add_answer(&set, &late);
    write_set_add_answer(&set, &answer);
    own_log_store(log, &set);
}

static void one_prefetch_reads_streams_keys_and_external_events(void **state)
{
    struct log_fixture *fixture = *state;
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(found) struct found found = {0};
    const struct prefetch_stream streams[] = {
        {slice_of("none/1"), .version = 0},
        {slice_of("thing/1"), .format = 5, .catalogue = "hash-1"},
        {slice_of("other/1"), .version_only = true},
        {slice_of("thing/1"), .version = 2},
    };
    const struct slice keys[] = {slice_of("unknown"), slice_of("k"), slice_of("expired")};
    const struct prefetch_external externals[] = {{slice_of("/till"), slice_of("8")},
                                                  {slice_of("/till"), slice_of("7")}};
    struct event_prefetch wanted = {.streams = streams,
                                    .stream_count = 4,
                                    .keys = keys,
                                    .key_count = 3,
                                    .key_now_us = 50,
                                    .externals = externals,
                                    .external_count = 2};
    struct prefetch_sink sink = sink_into(&found);
    fill(fixture->log, 4, 3);
    add_external_and_answers(fixture->log);
    assert_ok(log_fixture_open(fixture, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_prefetch(reader, &wanted, &sink, &error));
    assert_string_equal(found.streams[0].at, "version 0");
    assert_string_equal(found.streams[1].at, "snapshot 3 {\"n\":1}, 4 version 4");
    assert_string_equal(found.streams[2].at, "version 1");
    assert_string_equal(found.streams[3].at, "1 2 version 2");
    assert_null(found.answers[0].at);
    assert_string_equal(found.answers[1].at, "thing/1 ok");
    assert_null(found.answers[2].at);
    assert_null(found.externals[0].at);
    assert_string_equal(found.externals[1].at, "other/1 other.heard.v1 5 1");
}

static enum err count_event(void *context, size_t stream, const struct event *event,
                            struct error *error)
{
    int64_t *count = context;
    (void)stream;
    if (event->version != *count + 1)
        return error_set(error, ERR_USAGE, "version %lld does not follow",
                         (long long)event->version);
    ++*count;
    return OK;
}

static enum err ignore_version(void *context, size_t stream, int64_t version, struct error *error)
{
    (void)context, (void)stream, (void)version, (void)error;
    return OK;
}

static void all_events_of_a_long_stream_are_read_in_order(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    int64_t count = 0;
    struct prefetch_sink sink = {
        .context = &count, .event = count_event, .version = ignore_version};
    struct event_prefetch wanted = {.streams = STREAM(.version = 0), .stream_count = 1};
    fill(log, 2500, 0);
    assert_ok(event_store_prefetch(log, &wanted, &sink, &error));
    assert_int_equal(count, 2500);
}

static void an_error_of_the_sink_ends_the_prefetch_and_is_returned(void **state)
{
    struct event_store *log = ((struct log_fixture *)*state)->log;
    AUTO(found) struct found found = {.fail_at = 3};
    struct event_prefetch wanted = {.streams = STREAM(.version = 0), .stream_count = 1};
    struct prefetch_sink sink = sink_into(&found);
    fill(log, 5, 0);
    assert_err(ERR_USAGE, event_store_prefetch(log, &wanted, &sink, &error));
    assert_string_equal(found.streams[0].at, "1 2 ");
    log_fixture_append(log, "thing/1", "6"); /* the handle still works */
    assert_stream(log, STREAM(.version = 0), "1 2 3 4 5 6 version 6");
}

static const struct CMUnitTest claims[] = {
    CLAIM(streams_end_at_the_bounds_of_version_and_time),
    CLAIM(a_prefetch_of_versions_reads_no_events),
    CLAIM(a_matching_snapshot_replaces_the_events_up_to_its_version),
    CLAIM(all_events_are_read_without_a_matching_snapshot),
    CLAIM(all_events_are_read_after_the_sink_rejects_the_snapshot),
    CLAIM(a_snapshot_replaces_the_one_before),
    CLAIM(one_prefetch_reads_streams_keys_and_external_events),
    CLAIM(all_events_of_a_long_stream_are_read_in_order),
    CLAIM(an_error_of_the_sink_ends_the_prefetch_and_is_returned),
};

const struct claim_table prefetch_claims = CLAIM_TABLE(claims);
