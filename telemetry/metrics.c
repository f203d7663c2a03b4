/* Each metric has a list of series that only grows, so that a series stays valid until the process ends. */
#include "telemetry/metrics.h"

#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>

#define SERIES_MOST 1000

/* Upper bounds of a histogram's buckets, in microseconds. */
static const int64_t bucket_us[] = {100,   250,    500,    1000,   2500,    5000,    10000,   25000,
                                    50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};
#define BUCKETS (sizeof bucket_us / sizeof bucket_us[0])

enum kind { COUNTER, GAUGE, READING, HISTOGRAM };

struct metric_series {
    struct metric_series *next;
    char *label;
    _Atomic int64_t value; /* a histogram's sum */
    atomic_bool known;     /* it was set */
    _Atomic int64_t count[BUCKETS + 1];
};

static const struct {
    enum kind kind;
    const char *exported, *label, *help;
} table[] = {
#define METRIC(name, kind, exported, label, help) {kind, exported, label, help},
#include "telemetry/metrics.def"
#undef METRIC
};

static struct metric_series *_Atomic first[METRIC_COUNT];
static int series_count[METRIC_COUNT];
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

struct collector {
    struct collector *next, *previous;
    metrics_collect_fn *collect;
    void *context;
};
static struct {
    struct collector *first, *last;
} collectors;
static pthread_mutex_t collecting = PTHREAD_MUTEX_INITIALIZER; /* also held while they run */

static struct metric_series *find(enum metric metric, const char *label)
{
    struct metric_series *series = atomic_load(&first[metric]);
    while (series && strcmp(series->label, label) != 0)
        series = series->next;
    return series;
}

static struct metric_series *add(enum metric metric, const char *label)
{
    if (series_count[metric] >= SERIES_MOST)
        label = "other";
    struct metric_series *series = find(metric, label);
    if (series)
        return series;
    series = calloc(1, sizeof *series);
    REQUIRE(series);
    series->label = strdup(label);
    REQUIRE(series->label);
    series->next = atomic_load(&first[metric]);
    atomic_store(&first[metric], series);
    series_count[metric]++;
    return series;
}

struct metric_series *metric_series(enum metric metric, const char *label)
{
    struct metric_series *series = find(metric, label);
    if (series)
        return series;
    pthread_mutex_lock(&adding);
    series = add(metric, label);
    pthread_mutex_unlock(&adding);
    return series;
}

void metric_add(struct metric_series *series, int64_t by)
{
    atomic_fetch_add_explicit(&series->value, by, memory_order_relaxed);
}

void metric_set(struct metric_series *series, int64_t value)
{
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
    atomic_store_explicit(&series->known, true, memory_order_release);
}

void metric_observe_us(struct metric_series *series, int64_t us)
{
    size_t bucket = 0;
    while (bucket < BUCKETS && us > bucket_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&series->count[bucket], 1, memory_order_relaxed);
    metric_add(series, us);
}

int64_t metric_value(const struct metric_series *series)
{
    return atomic_load_explicit(&series->value, memory_order_relaxed);
}

/* {label="value"}, escaped as the text format requires, followed by `more`. */
static void write_labels(struct text *out, enum metric metric, const char *value, const char *more)
{
    if (!table[metric].label[0] && !more[0])
        return;
    text_add_char(out, '{');
    if (table[metric].label[0]) {
        text_printf(out, "%s=\"", table[metric].label);
        for (; *value; value++) {
            if (*value == '\\' || *value == '"')
                text_add_char(out, '\\');
            text_add_char(out, *value == '\n' ? ' ' : *value);
        }
        text_add_char(out, '"');
        if (more[0])
            text_add_char(out, ',');
    }
    text_add(out, more);
    text_add_char(out, '}');
}

static void write_histogram(struct text *out, enum metric metric,
                            const struct metric_series *series)
{
    int64_t total = 0;
    for (size_t i = 0; i <= BUCKETS; i++) {
        AUTO(text) struct text bound = {0};
        if (i < BUCKETS)
            text_printf(&bound, "le=\"%g\"", (double)bucket_us[i] / 1e6);
        else
            text_add(&bound, "le=\"+Inf\"");
        total += atomic_load_explicit(&series->count[i], memory_order_relaxed);
        text_printf(out, "%s_bucket", table[metric].exported);
        write_labels(out, metric, series->label, bound.at);
        text_printf(out, " %lld\n", (long long)total);
    }
    text_printf(out, "%s_sum", table[metric].exported);
    write_labels(out, metric, series->label, "");
    text_printf(out, " %.6f\n%s_count", (double)metric_value(series) / 1e6, table[metric].exported);
    write_labels(out, metric, series->label, "");
    text_printf(out, " %lld\n", (long long)total);
}

static void write_metric(struct text *out, enum metric metric)
{
    static const char *const kinds[] = {"counter", "gauge", "gauge", "histogram"};
    const struct metric_series *series = atomic_load(&first[metric]);
    if (!series)
        return;
    text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", table[metric].exported, table[metric].help,
                table[metric].exported, kinds[table[metric].kind]);
    for (; series; series = series->next) {
        if (table[metric].kind == HISTOGRAM) {
            write_histogram(out, metric, series);
            continue;
        }
        if (table[metric].kind == READING &&
            !atomic_load_explicit(&series->known, memory_order_acquire))
            continue;
        text_add(out, table[metric].exported);
        write_labels(out, metric, series->label, "");
        text_printf(out, " %lld\n", (long long)metric_value(series));
    }
}

void metrics_collect(metrics_collect_fn *collect, void *context)
{
    struct collector *collector = malloc(sizeof *collector);
    REQUIRE(collector);
    *collector = (struct collector){.collect = collect, .context = context};
    pthread_mutex_lock(&collecting);
    LIST_APPEND(&collectors, collector);
    pthread_mutex_unlock(&collecting);
}

void metrics_forget(void *context)
{
    pthread_mutex_lock(&collecting);
    for (struct collector *collector = collectors.first, *next; collector; collector = next) {
        next = collector->next;
        if (collector->context != context)
            continue;
        LIST_REMOVE(&collectors, collector);
        free(collector);
    }
    pthread_mutex_unlock(&collecting);
}

void metrics_write(struct text *out)
{
    pthread_mutex_lock(&collecting);
    for (const struct collector *at = collectors.first; at; at = at->next)
        at->collect(at->context);
    pthread_mutex_unlock(&collecting);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_metric(out, (enum metric)metric);
}
