#include "base/hash.h"
#include "tests/support/claims.h"

static void every_single_bit_changes_the_hash(void **state)
{
    (void)state;
    char bytes[40];
    for (size_t length = 0; length <= sizeof bytes; length++) {
        memset(bytes, 'x', sizeof bytes);
        uint64_t hash = hash_bytes(0, (struct slice){bytes, length});
        for (size_t bit = 0; bit < 8 * length; bit++) {
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
            assert_true(hash != hash_bytes(0, (struct slice){bytes, length}));
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
    }
}

static void length_and_seed_change_the_hash(void **state)
{
    (void)state;
    static const char zeros[40];
    for (size_t length = 0; length < sizeof zeros; length++) {
        uint64_t hash = hash_bytes(7, (struct slice){zeros, length});
        assert_true(hash != hash_bytes(7, (struct slice){zeros, length + 1}));
        assert_true(hash != hash_bytes(8, (struct slice){zeros, length}));
    }
}

/* Two items have each hash. */
static void an_index_finds_every_item_until_it_is_cut(void **state)
{
    (void)state;
    struct hash_index index = {0};
    for (size_t i = 0; i < 1000; i++)
        hash_index_add(&index, i / 2);
    for (size_t count = 1000; count > 0; count--) {
        size_t probe = 0, last = count - 1, found = hash_index_find(&index, last / 2, &probe);
        while (found != SIZE_MAX && found != last)
            found = hash_index_find(&index, last / 2, &probe);
        assert_int_equal(found, last);
        hash_index_cut(&index, last);
    }
    size_t probe = 0;
    assert_true(hash_index_find(&index, 0, &probe) == SIZE_MAX);
    hash_index_finish(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_single_bit_changes_the_hash),
        cmocka_unit_test(length_and_seed_change_the_hash),
        cmocka_unit_test(an_index_finds_every_item_until_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
