#include "tests/support/claims.h"
#include "tests/write_model/counter.h"
#include "write_model/state_cache.h"

#include <stdio.h>

static struct cached_state *add(struct state_cache *cache, int i)
{
    char name[32];
    snprintf(name, sizeof name, "counter/%d", i);
    return state_cache_add(cache, slice_of(name), &counter, counter.create(), i);
}

static struct cached_state *find(struct state_cache *cache, int i)
{
    char name[32];
    snprintf(name, sizeof name, "counter/%d", i);
    return state_cache_find(cache, slice_of(name));
}

static void the_least_recently_used_states_are_dropped_first(void **state)
{
    (void)state;
    struct state_cache *cache = state_cache_create(10000);
    int kept = 0;
    size_t bytes = 0;
    for (int i = 0; i < 1000; i++) {
        add(cache, i);
        assert_non_null(find(cache, 0)); /* in use all the time */
    }
    for (int i = 0; i < 1000; i++) {
        const struct cached_state *found = find(cache, i);
        kept += found != NULL;
        bytes += found ? found->bytes : 0;
    }
    assert_true(bytes <= 10000);
    assert_in_range(kept, 20, 100);
    assert_non_null(find(cache, 999));
    assert_int_equal(find(cache, 999)->version, 999);
    assert_null(find(cache, 1));
    state_cache_destroy(cache);
}

static void a_state_larger_than_the_cache_stays_while_it_is_used(void **state)
{
    (void)state;
    struct state_cache *cache = state_cache_create(10);
    struct cached_state *one = add(cache, 1);
    state_cache_weigh(cache, one);
    assert_ptr_equal(find(cache, 1), one);
    add(cache, 2);
    assert_null(find(cache, 1));
    state_cache_destroy(cache);
}

static void only_states_that_the_batch_used_are_dropped(void **state)
{
    (void)state;
    struct state_cache *cache = state_cache_create(100000);
    state_cache_begin_batch(cache);
    for (int i = 0; i < 5; i++)
        add(cache, i);
    state_cache_begin_batch(cache);
    find(cache, 2);
    add(cache, 7);
    state_cache_drop_batch(cache);
    assert_null(find(cache, 2));
    assert_null(find(cache, 7));
    assert_non_null(find(cache, 0));
    assert_non_null(find(cache, 4));
    state_cache_drop_batch(cache);
    assert_null(find(cache, 0));
    state_cache_begin_batch(cache);
    state_cache_drop(cache, find(cache, 1));
    state_cache_drop(cache, find(cache, 3));
    for (int i = 0; i < 8; i++)
        assert_null(find(cache, i));
    state_cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_states_are_dropped_first),
        cmocka_unit_test(a_state_larger_than_the_cache_stays_while_it_is_used),
        cmocka_unit_test(only_states_that_the_batch_used_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
