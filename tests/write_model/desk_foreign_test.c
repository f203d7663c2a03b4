/* Events somebody else made: source and id are the same event for ever. */
#include "tests/support/claims.h"
#include "tests/support/own_log.h"
#include "tests/write_model/desk_fixture.h"

static struct foreign_event foreign(const char *source, const char *id, const char *meta)
{
    return (struct foreign_event){.id = (char *)id,
                                  .source = (char *)source,
                                  .type = (char *)"shop.visited.v1",
                                  .data = (char *)"{\"page\":1}",
                                  .meta = (char *)meta};
}

static void run_foreign(struct sent *sent, struct desk_fixture *fixture, const char *id,
                        const struct foreign_event *events, size_t count, int64_t expected)
{
    sent_init(sent, id, NULL, NULL);
    sent->request.category = "shop";
    sent->request.foreign = events;
    sent->request.foreign_count = count;
    sent->request.expected_version = expected;
    sent_submit(sent, fixture->desk);
    sent_wait(sent);
}

static void foreign_events_are_stored_as_they_are(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {
        foreign("/till", "1", "{\"source\":\"/till\"}"),
        foreign("/till", "2", "{\"source\":\"/till\",\"correlationid\":\"theirs\"}"),
        foreign("/till", "3", "{}"),
    };
    AUTO(event_store) struct event_store *reader = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct sent sent;
    run_foreign(&sent, fixture, "S1", events, 3, EXPECT_NO_STREAM);
    assert_int_equal(sent.answer.status, 201);
    assert_string_equal(sent.answer.body,
                        "{\"stream\":\"shop/S1\",\"version\":3,\"position\":3,\"events\":["
                        "{\"id\":\"1\",\"type\":\"shop.visited.v1\",\"position\":1},"
                        "{\"id\":\"2\",\"type\":\"shop.visited.v1\",\"position\":2},"
                        "{\"id\":\"3\",\"type\":\"shop.visited.v1\",\"position\":3}]}");
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

static void a_duplicate_is_answered_with_the_first_result(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {foreign("/till", "1", "{}"), foreign("/till", "2", "{}")};
    struct sent first, again;
    run_foreign(&first, fixture, "S1", events, 2, EXPECT_NO_STREAM);
    run_foreign(&again, fixture, "S1", events, 2, EXPECT_NO_STREAM); /* looked up before */
    assert_int_equal(again.answer.status, 201);
    assert_true(again.answer.replayed);
    assert_false(first.answer.replayed);
    assert_string_equal(first.answer.body, again.answer.body);
    sent_finish(&again);
    run_foreign(&again, fixture, "S2", events, 2, EXPECT_ANY); /* it is where it is */
    assert_string_equal(first.answer.body, again.answer.body);
    sent_finish(&first);
    sent_finish(&again);
    assert_int_equal(desk_fixture_head(fixture->directory), 2);
}

static void what_is_new_in_a_batch_is_stored_and_the_rest_is_not_doubled(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {foreign("/till", "1", "{}"), foreign("/till", "2", "{}"),
                                     foreign("/till", "2", "{}"), foreign("/other", "1", "{}")};
    struct sent sent;
    run_foreign(&sent, fixture, "S1", events, 1, EXPECT_ANY);
    sent_finish(&sent);
    run_foreign(&sent, fixture, "S1", events, 4, EXPECT_NO_STREAM);
    assert_int_equal(sent.answer.status, 412);
    assert_int_equal(sent.answer.version, 1);
    sent_finish(&sent);
    run_foreign(&sent, fixture, "S1", events, 4, 1);
    assert_string_equal(sent.answer.body,
                        "{\"stream\":\"shop/S1\",\"version\":3,\"position\":3,\"events\":["
                        "{\"id\":\"1\",\"type\":\"shop.visited.v1\",\"position\":1},"
                        "{\"id\":\"2\",\"type\":\"shop.visited.v1\",\"position\":2},"
                        "{\"id\":\"2\",\"type\":\"shop.visited.v1\",\"position\":2},"
                        "{\"id\":\"1\",\"type\":\"shop.visited.v1\",\"position\":3}]}");
    sent_finish(&sent);
}

/* The first's type comes from the log, and the second's is added to it in between. */
static void a_duplicate_stands_beside_an_event_of_a_new_type(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {foreign("/till", "1", "{}"), foreign("/till", "2", "{}")};
    struct sent sent;
    events[1].type = (char *)"shop.closed.v1";
    run_foreign(&sent, fixture, "S1", events, 1, EXPECT_ANY);
    sent_finish(&sent);
    desk_fixture_reopen(fixture);
    run_foreign(&sent, fixture, "S1", events, 2, 1);
    assert_text_contains(sent.answer.body,
                         "[{\"id\":\"1\",\"type\":\"shop.visited.v1\",\"position\":1},"
                         "{\"id\":\"2\",\"type\":\"shop.closed.v1\",\"position\":2}]");
    sent_finish(&sent);
}

static void an_event_of_another_stream_is_not_mixed_in(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {foreign("/till", "new", "{}"), foreign("/till", "1", "{}")};
    struct sent sent;
    run_foreign(&sent, fixture, "S1", &events[1], 1, EXPECT_ANY);
    sent_finish(&sent);
    run_foreign(&sent, fixture, "S2", events, 2, EXPECT_ANY);
    assert_int_equal(sent.answer.status, 409);
    assert_text_contains(sent.answer.body, "another stream");
    sent_finish(&sent);
    assert_int_equal(desk_fixture_head(fixture->directory), 1); /* the new one was undone */
    run_foreign(&sent, fixture, "S2", events, 1, EXPECT_ANY);
    assert_int_equal(sent.answer.status, 201);
    sent_finish(&sent);
}

/* The aggregate's state is at another version then. */
static void foreign_events_come_between_those_of_an_aggregate(void **state)
{
    struct desk_fixture *fixture = *state;
    struct foreign_event events[] = {foreign("/till", "1", "{}")};
    struct sent sent;
    desk_fixture_send(fixture, "A", "add", "{}", 201);
    sent_init(&sent, "A", NULL, NULL);
    sent.request.foreign = events;
    sent.request.foreign_count = 1;
    sent_submit(&sent, fixture->desk);
    sent_wait(&sent);
    assert_int_equal(sent.answer.version, 2);
    sent_finish(&sent);
    sent_run(&sent, fixture->desk, "A", "add", "{}");
    assert_int_equal(sent.answer.status, 200);
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
        CLAIM(foreign_events_are_stored_as_they_are),
        CLAIM(a_duplicate_is_answered_with_the_first_result),
        CLAIM(what_is_new_in_a_batch_is_stored_and_the_rest_is_not_doubled),
        CLAIM(a_duplicate_stands_beside_an_event_of_a_new_type),
        CLAIM(an_event_of_another_stream_is_not_mixed_in),
        CLAIM(foreign_events_come_between_those_of_an_aggregate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
