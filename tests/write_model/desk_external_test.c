/* External events: the same source and id are always the same event. */
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"

static struct external_event external(const char *source, const char *id, const char *meta)
{
    return (struct external_event){.id = (char *)id,
                                   .source = (char *)source,
                                   .type = (char *)"shop.visited.v1",
                                   .data = (char *)"{\"page\":1}",
                                   .meta = (char *)meta};
}

static void run_external(struct sent *sent, struct desk_fixture *fixture, const char *id,
                         const struct external_event *events, size_t count, int64_t expected)
{
    sent_init(sent, id, NULL, NULL);
    command_request_set_stream(&sent->request, "shop", id);
    sent->request.externals = events;
    sent->request.external_count = count;
    sent->request.expected_version = expected;
    sent_submit(sent, fixture->desk);
    sent_wait(sent);
}

static void external_events_are_stored_as_they_are(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {
        external("/till", "1", "{\"source\":\"/till\"}"),
        external("/till", "2", "{\"source\":\"/till\",\"correlationid\":\"theirs\"}"),
        external("/till", "3", "{}"),
    };
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct sent sent;
    run_external(&sent, fixture, "S1", events, 3, EXPECT_NO_STREAM);
    assert_began(&sent);
    sent_assert(&sent, "ok began shop/S1 3 3 [1 shop.visited.v1 1] [2 shop.visited.v1 2] "
                       "[3 shop.visited.v1 3]   correlation-1");
    sent_finish(&sent);
    assert_ok(own_log_open(fixture->directory, EVENT_STORE_READ, &reader, &error));
    assert_ok(event_store_read_after(reader, 0, (struct read_limit){9, 9999}, &batch, &error));
    assert_true(slice_is(batch.events[0].data, "{\"page\":1}"));
#define CAUSED_BY                                                                                  \
    "\"causationid\":\"cause-1\","                                                                 \
    "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\""
#define CAUSE "\"correlationid\":\"correlation-1\"," CAUSED_BY "}"
    assert_true(slice_is(batch.events[0].meta, "{\"source\":\"/till\"," CAUSE));
    assert_true(slice_is(batch.events[1].meta,
                         "{\"source\":\"/till\",\"correlationid\":\"theirs\"," CAUSED_BY "}"));
    assert_true(slice_is(batch.events[2].meta, "{" CAUSE));
}

static void assert_same(const struct sent *first, const struct sent *again)
{
    AUTO(text) struct text text = {0};
    sent_write(first, &text);
    sent_assert(again, text.at);
}

static void a_duplicate_is_answered_with_the_first_result(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {external("/till", "1", "{}"), external("/till", "2", "{}")};
    struct sent first, again;
    run_external(&first, fixture, "S1", events, 2, EXPECT_NO_STREAM);
    run_external(&again, fixture, "S1", events, 2, EXPECT_NO_STREAM); /* looked up before */
    assert_began(&again);
    assert_true(again.answer.replayed);
    assert_false(first.answer.replayed);
    assert_same(&first, &again);
    sent_finish(&again);
    run_external(&again, fixture, "S2", events, 2, EXPECT_ANY); /* the event stays in S1 */
    assert_same(&first, &again);
    sent_finish(&first);
    sent_finish(&again);
    assert_int_equal(desk_fixture_head(fixture->directory), 2);
}

static void new_events_of_a_batch_are_stored_and_known_ones_are_not_repeated(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {external("/till", "1", "{}"), external("/till", "2", "{}"),
                                      external("/till", "2", "{}"), external("/other", "1", "{}")};
    struct sent sent;
    run_external(&sent, fixture, "S1", events, 1, EXPECT_ANY);
    sent_finish(&sent);
    run_external(&sent, fixture, "S1", events, 4, EXPECT_NO_STREAM);
    assert_int_equal(sent.answer.err, ERR_WRONG_VERSION);
    assert_int_equal(sent.answer.version, 1);
    sent_finish(&sent);
    run_external(&sent, fixture, "S1", events, 4, 1);
    sent_assert(&sent, "ok began shop/S1 3 3 [1 shop.visited.v1 1] [2 shop.visited.v1 2] "
                       "[2 shop.visited.v1 2] [1 shop.visited.v1 3]   correlation-1");
    sent_finish(&sent);
}

/* The duplicate's type is read from the log, to which the new event's type is added meanwhile. */
static void a_duplicate_is_accepted_beside_an_event_of_a_new_type(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {external("/till", "1", "{}"), external("/till", "2", "{}")};
    struct sent sent;
    events[1].type = (char *)"shop.closed.v1";
    run_external(&sent, fixture, "S1", events, 1, EXPECT_ANY);
    sent_finish(&sent);
    desk_fixture_reopen(fixture);
    run_external(&sent, fixture, "S1", events, 2, 1);
    sent_assert(&sent, "ok began shop/S1 2 2 [1 shop.visited.v1 1] [2 shop.closed.v1 2]   "
                       "correlation-1");
    sent_finish(&sent);
}

static void an_event_that_is_known_in_another_stream_is_rejected(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {external("/till", "new", "{}"), external("/till", "1", "{}")};
    struct sent sent;
    run_external(&sent, fixture, "S1", &events[1], 1, EXPECT_ANY);
    sent_finish(&sent);
    run_external(&sent, fixture, "S2", events, 2, EXPECT_ANY);
    assert_int_equal(sent.answer.err, ERR_REFUSED);
    sent_assert_detail(&sent, "another stream");
    sent_finish(&sent);
    assert_int_equal(desk_fixture_head(fixture->directory), 1); /* the new one was undone */
    run_external(&sent, fixture, "S2", events, 1, EXPECT_ANY);
    assert_began(&sent);
    sent_finish(&sent);
}

/* The aggregate's state is at another version then. */
static void external_events_come_between_those_of_an_aggregate(void **state)
{
    struct desk_fixture *fixture = *state;
    struct external_event events[] = {external("/till", "1", "{}")};
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{}", OK);
    sent_init(&sent, "A", NULL, NULL);
    sent.request.externals = events;
    sent.request.external_count = 1;
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_int_equal(sent.answer.version, 2);
    sent_finish(&sent);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_accepted(&sent);
    assert_int_equal(sent.answer.version, 3);
    sent_finish(&sent);
    char *newest = desk_fixture_newest(fixture, "counter/A");
    assert_string_equal(newest, "{\"n\":1,\"total\":2}");
    free(newest);
}

int main(void)
{
#define CLAIM(claim)                                                                               \
    cmocka_unit_test_setup_teardown(claim, desk_fixture_setup, desk_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(external_events_are_stored_as_they_are),
        CLAIM(a_duplicate_is_answered_with_the_first_result),
        CLAIM(new_events_of_a_batch_are_stored_and_known_ones_are_not_repeated),
        CLAIM(a_duplicate_is_accepted_beside_an_event_of_a_new_type),
        CLAIM(an_event_that_is_known_in_another_stream_is_rejected),
        CLAIM(external_events_come_between_those_of_an_aggregate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
