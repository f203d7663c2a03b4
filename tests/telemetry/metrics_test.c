#include "tests/support/claims.h"

#include "telemetry/metrics.h"

static void a_counter_is_written_with_its_label(void **state)
{
    (void)state;
    metric_add(metric_series(METRIC_COMMANDS, "loan.open"), 2);
    metric_add(metric_series(METRIC_COMMANDS, "loan.open"), 1);
    AUTO(text) struct text text = {0};
    metrics_write(&text);
    assert_text_contains(text.at, "# TYPE annal_commands_total counter\n");
    assert_text_contains(text.at, "\nannal_commands_total{command=\"loan.open\"} 3\n");
}

static void labels_cannot_break_the_format(void **state)
{
    (void)state;
    metric_set(metric_series(METRIC_PARKED_STREAMS, "a\"b\\c\nd"), 1);
    AUTO(text) struct text text = {0};
    metrics_write(&text);
    assert_text_contains(text.at, "{model=\"a\\\"b\\\\c d\"} 1\n");
}

static void a_histogram_counts_into_cumulative_buckets(void **state)
{
    (void)state;
    struct metric_series *series = metric_series(METRIC_COMMAND_SECONDS, "");
    metric_observe_us(series, 50);
    metric_observe_us(series, 2000);
    metric_observe_us(series, 60000000);
    AUTO(text) struct text text = {0};
    metrics_write(&text);
    assert_text_contains(text.at, "annal_command_seconds_bucket{le=\"0.0001\"} 1\n");
    assert_text_contains(text.at, "annal_command_seconds_bucket{le=\"0.0025\"} 2\n");
    assert_text_contains(text.at, "annal_command_seconds_bucket{le=\"+Inf\"} 3\n");
    assert_text_contains(text.at, "annal_command_seconds_count 3\n");
    assert_text_contains(text.at, "annal_command_seconds_sum 60.002050\n");
}

static void a_reading_has_no_sample_until_it_is_known(void **state)
{
    (void)state;
    AUTO(text) struct text before = {0};
    AUTO(text) struct text after = {0};
    struct metric_series *position = metric_series(METRIC_MODEL_POSITION, "new");
    metrics_write(&before);
    assert_null(strstr(before.at, "annal_model_position{model=\"new\"}"));
    metric_set(position, 0);
    metrics_write(&after);
    assert_text_contains(after.at, "annal_model_position{model=\"new\"} 0\n");
}

static void set_position(void *context)
{
    metric_set(context, 42);
}

static void
what_is_collected_is_collected_before_each_write_and_never_after_it_is_forgotten(void **state)
{
    (void)state;
    AUTO(text) struct text collected = {0};
    AUTO(text) struct text forgotten = {0};
    struct metric_series *position = metric_series(METRIC_MODEL_POSITION, "collected");
    metrics_collect(set_position, position);
    metrics_write(&collected);
    assert_text_contains(collected.at, "annal_model_position{model=\"collected\"} 42\n");
    metrics_forget(position);
    metric_set(position, 1);
    metrics_write(&forgotten);
    assert_text_contains(forgotten.at, "annal_model_position{model=\"collected\"} 1\n");
}

static void label_values_are_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 1500; i++) {
        AUTO(text) struct text label = {0};
        text_printf(&label, "model-%d", i);
        metric_add(metric_series(METRIC_QUERIES, label.at), 1);
    }
    assert_int_equal(metric_value(metric_series(METRIC_QUERIES, "other")), 500);
}

static void every_metric_is_documented(void **state)
{
    static const struct {
        const char *name, *label, *help;
    } metrics[] = {
#define METRIC(name, kind, exported, label, help) {exported, label, help},
#include "telemetry/metrics.def"
#undef METRIC
    };
    AUTO(string) char *path = test_source_path("docs/reference/metrics.md");
    AUTO(string) char *document = test_file_read(path);
    (void)state;
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        AUTO(text) struct text row = {0};
        text_printf(&row, "| `%s` | %s | %s |", metrics[i].name, metrics[i].label, metrics[i].help);
        assert_text_contains(document, row.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_written_with_its_label),
        cmocka_unit_test(labels_cannot_break_the_format),
        cmocka_unit_test(a_histogram_counts_into_cumulative_buckets),
        cmocka_unit_test(a_reading_has_no_sample_until_it_is_known),
        cmocka_unit_test(
            what_is_collected_is_collected_before_each_write_and_never_after_it_is_forgotten),
        cmocka_unit_test(label_values_are_bounded),
        cmocka_unit_test(every_metric_is_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
