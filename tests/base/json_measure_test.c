/* The measure of a text compared with jansson's allocations. */
#include "base/json_measure.h"

#include "base/json.h"
#include "tests/support/claims.h"

#include <malloc.h>

static size_t tree_bytes; /* of jansson's allocations that are not freed yet */

/* A chunk of glibc: 8 bytes more, a multiple of 16, at least 32. Stored in front of the memory. */
static size_t chunk_of(size_t bytes)
{
    size_t chunk = (bytes + 8 + 15) / 16 * 16;
    return chunk > 32 ? chunk : 32;
}

static void *count_malloc(size_t bytes)
{
    size_t *memory = malloc(16 + bytes);
    assert_non_null(memory);
    *memory = chunk_of(bytes);
    tree_bytes += *memory;
    return memory + 2;
}

static void count_free(void *memory)
{
    if (!memory)
        return;
    tree_bytes -= *((size_t *)memory - 2);
    free((size_t *)memory - 2);
}

/* `pattern` repeated, between `begin` and `end`, with commas; # in it is the number. */
static void repeat(const char *begin, const char *pattern, int times, const char *end,
                   struct text *out)
{
    text_clear(out);
    text_add(out, begin);
    for (int i = 0; i < times; i++) {
        const char *number = strchr(pattern, '#');
        text_add(out, i ? "," : "");
        text_add_bytes(out, pattern, number ? (size_t)(number - pattern) : strlen(pattern));
        if (number)
            text_printf(out, "%d%s", i, number + 1);
    }
    text_add(out, end);
}

static void a_tree_is_not_larger_than_its_measure_and_not_much_smaller(void **state)
{
    (void)state;
    static const char *const patterns[][3] = {
        {"[", "{}", "]"},
        {"[", "[]", "]"},
        {"[", "1", "]"},
        {"[", "1.5", "]"},
        {"[", "\"\"", "]"},
        {"[", "\"0123456789abcdef0123456789abcdef\"", "]"},
        {"[", "\"\\u00e9\\n\"", "]"},
        {"[", "{\"a\":{}}", "]"},
        {"[", "{\"a\":1,\"b\":[2,3]}", "]"},
        {"[", "[[[[]]]]", "]"},
        {"{", "\"#\":7", "}"},
        {"{", "\"a long name of number #\":{\"x\":\"y\"}", "}"},
    };
    AUTO(text) struct text text = {0};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        for (int times = 0; times < 3000; times = times * 2 + 1) {
            json_t *json = NULL;
            repeat(patterns[i][0], patterns[i][1], times, patterns[i][2], &text);
            size_t before = tree_bytes, measured = json_measure(text_slice(&text)).tree_bytes;
            assert_ok(json_read(text_slice(&text), &json, &error));
            size_t tree = tree_bytes - before;
            json_decref(json);
            if (tree > measured || measured > 4 * tree)
                fail_msg("%d times %s: measured %zu, allocated %zu", times, patterns[i][1],
                         measured, tree);
        }
    }
}

static void values_and_depth_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t values, depth;
    } cases[] = {
        {"", 0, 0},
        {"7", 1, 0},
        {" [ 1 , -2.5e3,true,null,\"a,b\" ] ", 6, 1},
        {"{\"a\":{\"b\":[[],{}]},\"c{[\":\"\\\"]}\"}", 6, 4},
        {"[[[", 3, 3},
        {"]]]", 0, 0},
        {"\"\\", 1, 0},
        {"::::", 0, 0},
        {"[1 2\t3\n4\r5]", 6, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_measure measure = json_measure(slice_of(cases[i].text));
        if (measure.values != cases[i].values || measure.depth != cases[i].depth)
            fail_msg("%s: %zu values, depth %zu", cases[i].text, measure.values, measure.depth);
    }
}

int main(void)
{
    json_set_alloc_funcs(count_malloc, count_free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_not_larger_than_its_measure_and_not_much_smaller),
        cmocka_unit_test(values_and_depth_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
