#include "tests/support/claims.h"

#include "operations/metrics_merge.h"

#define A_TOTAL                                                                                    \
    "# HELP a_total Things, by kind.\n"                                                            \
    "# TYPE a_total counter\n"

static void merges_to(const char *const expositions[][2], size_t count, const char *expected)
{
    AUTO(metrics_merge) struct metrics_merge merge = {0};
    AUTO(text) struct text out = {0};
    for (size_t i = 0; i < count; i++)
        metrics_merge_add(&merge, expositions[i][0], slice_of(expositions[i][1]));
    metrics_merge_write(&merge, &out);
    assert_string_equal(out.length ? out.at : "", expected);
}

static void each_sample_gets_its_role_before_its_own_labels(void **state)
{
    (void)state;
    merges_to((const char *const[][2]){{"queries",
                                        A_TOTAL "a_total 1\n"
                                                "a_total{} 2\n"
                                                "a_total{kind=\"x}, \\\"{\"} 3 1700000000000\n"}},
              1,
              A_TOTAL "a_total{role=\"queries\"} 1\n"
                      "a_total{role=\"queries\"} 2\n"
                      "a_total{role=\"queries\",kind=\"x}, \\\"{\"} 3 1700000000000\n");
}

static void a_metric_of_several_roles_has_one_head_and_the_samples_of_all(void **state)
{
    (void)state;
    merges_to((const char *const[][2]){{"commands", A_TOTAL "a_total 1\n# TYPE b gauge\nb 7\n"},
                                       {"projector-order_summary", "# TYPE b gauge\nb 8\n"},
                                       {NULL, A_TOTAL "a_total 2"}},
              3,
              A_TOTAL "a_total{role=\"commands\"} 1\na_total 2\n"
                      "# TYPE b gauge\nb{role=\"commands\"} 7\n"
                      "b{role=\"projector-order_summary\"} 8\n");
}

static void the_samples_of_a_histogram_stay_together(void **state)
{
    (void)state;
    static const char histogram[] = "# TYPE h histogram\n"
                                    "h_bucket{le=\"+Inf\"} 1\nh_sum 0.5\nh_count 1\n";
    merges_to((const char *const[][2]){{"a", histogram}, {"b", histogram}}, 2,
              "# TYPE h histogram\n"
              "h_bucket{role=\"a\",le=\"+Inf\"} 1\nh_sum{role=\"a\"} 0.5\nh_count{role=\"a\"} 1\n"
              "h_bucket{role=\"b\",le=\"+Inf\"} 1\nh_sum{role=\"b\"} 0.5\nh_count{role=\"b\"} 1\n");
}

static void a_role_cannot_break_the_format(void **state)
{
    (void)state;
    merges_to((const char *const[][2]){{"a\"b\\c\nd", "x 1\n"}}, 1,
              "x{role=\"a\\\"b\\\\c\\nd\"} 1\n");
}

static void samples_without_a_head_and_comments_are_read(void **state)
{
    (void)state;
    merges_to(
        (const char *const[][2]){{"a", "# a comment\n\nx 1\ny 2\n"}, {"b", "x 3\n"}, {"c", ""}}, 3,
        "x{role=\"a\"} 1\nx{role=\"b\"} 3\ny{role=\"a\"} 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_gets_its_role_before_its_own_labels),
        cmocka_unit_test(a_metric_of_several_roles_has_one_head_and_the_samples_of_all),
        cmocka_unit_test(the_samples_of_a_histogram_stay_together),
        cmocka_unit_test(a_role_cannot_break_the_format),
        cmocka_unit_test(samples_without_a_head_and_comments_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
