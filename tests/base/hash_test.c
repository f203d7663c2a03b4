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

static void length_and_seed_count(void **state)
{
    (void)state;
    static const char zeros[40];
    for (size_t length = 0; length < sizeof zeros; length++) {
        uint64_t hash = hash_bytes(7, (struct slice){zeros, length});
        assert_true(hash != hash_bytes(7, (struct slice){zeros, length + 1}));
        assert_true(hash != hash_bytes(8, (struct slice){zeros, length}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_single_bit_changes_the_hash),
        cmocka_unit_test(length_and_seed_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
