#include "base/team.h"

#include "tests/support/claims.h"

#include <pthread.h>
#include <stdatomic.h>

#define ITEMS 100

struct counting {
    int done[ITEMS];
    pthread_t caller;
    bool by_others; /* a thread other than the caller did an item */
};

static void count(void *context, size_t item)
{
    struct counting *counting = context;
    counting->done[item]++;
}

static void check_each_was_done(const struct counting *counting, size_t items, int times)
{
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(counting->done[i], i < items ? times : 0);
}

static void each_item_of_each_job_is_done_once(void **state)
{
    (void)state;
    AUTO(team) struct team *team = team_create("test", 4);
    struct counting counting = {0};
    for (int job = 1; job <= 1000; job++)
        team_run(team, ITEMS, count, &counting);
    check_each_was_done(&counting, ITEMS, 1000);
}

static void a_job_may_have_fewer_items_than_the_team_has_threads(void **state)
{
    (void)state;
    AUTO(team) struct team *team = team_create("test", 4);
    struct counting counting = {0};
    team_run(team, 0, count, &counting);
    check_each_was_done(&counting, 0, 0);
    team_run(team, 2, count, &counting);
    check_each_was_done(&counting, 2, 1);
}

/* Each waits for the others, so that one thread cannot do all. */
static void meet(void *context, size_t item)
{
    (void)item;
    atomic_int *arrived = context;
    atomic_fetch_add(arrived, 1);
    wait_until(20, atomic_load(arrived) == 3);
}

static void the_threads_of_a_team_work_at_the_same_time(void **state)
{
    (void)state;
    AUTO(team) struct team *team = team_create("test", 3);
    atomic_int arrived = 0;
    team_run(team, 3, meet, &arrived);
    assert_int_equal(atomic_load(&arrived), 3);
}

static void note_thread(void *context, size_t item)
{
    struct counting *counting = context;
    counting->done[item]++;
    counting->by_others |= !pthread_equal(pthread_self(), counting->caller);
}

static void a_team_of_one_works_in_the_calling_thread(void **state)
{
    (void)state;
    AUTO(team) struct team *team = team_create("test", 1);
    struct counting counting = {.caller = pthread_self()};
    team_run(team, ITEMS, note_thread, &counting);
    team_run(NULL, ITEMS, note_thread, &counting);
    check_each_was_done(&counting, ITEMS, 2);
    assert_false(counting.by_others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_of_each_job_is_done_once),
        cmocka_unit_test(a_job_may_have_fewer_items_than_the_team_has_threads),
        cmocka_unit_test(the_threads_of_a_team_work_at_the_same_time),
        cmocka_unit_test(a_team_of_one_works_in_the_calling_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
