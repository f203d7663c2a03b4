/* From sending a command to seeing it in the read model, at a fixed rate (open loop).
 *
 *     visible COMMANDS_URL QUERIES_URL RATE SECONDS ITEMS      prints one line of JSON
 *
 * Each command is due at a fixed time: a slow answer delays no later command, and the time that a command
 * waits to be sent counts. When a command is answered, its row is requested with Annal-Min-Position; the
 * measurement ends with the row. One thread.
 */
#include "base/clock.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdio.h>

#define IN_FLIGHT_MOST 1024
#define PATIENCE_MS    10000L

struct order {
    CURL *curl;
    struct curl_slist *headers;
    int64_t number, due_us;
    bool asked; /* the command is answered, the row is requested */
};

struct visible {
    const char *commands_url, *queries_url;
    CURLM *multi;
    struct order orders[IN_FLIGHT_MOST], *free[IN_FLIGHT_MOST];
    size_t free_count;
    int64_t items; /* of an order */
    int64_t begin_us, took_us, count, sent, seen, failed;
    int64_t *command_us, *visible_us; /* of each visible order, in the order in which they became
                                       * visible */
};

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

static void prepare(struct visible *visible)
{
    visible->multi = curl_multi_init();
    REQUIRE(visible->multi);
    curl_multi_setopt(visible->multi, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT_MOST);
    for (size_t i = 0; i < IN_FLIGHT_MOST; i++) {
        struct order *order = &visible->orders[i];
        order->curl = curl_easy_init();
        REQUIRE(order->curl);
        curl_easy_setopt(order->curl, CURLOPT_WRITEFUNCTION, drop);
        curl_easy_setopt(order->curl, CURLOPT_PRIVATE, order);
        curl_easy_setopt(order->curl, CURLOPT_TIMEOUT_MS, PATIENCE_MS);
        curl_easy_setopt(order->curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(order->curl, CURLOPT_PROXY, "");
        visible->free[visible->free_count++] = order;
    }
}

static void finish(struct visible *visible)
{
    for (size_t i = 0; i < IN_FLIGHT_MOST; i++) {
        curl_easy_cleanup(visible->orders[i].curl);
        curl_slist_free_all(visible->orders[i].headers);
    }
    curl_multi_cleanup(visible->multi);
    free(visible->command_us);
    free(visible->visible_us);
}

static void start(struct visible *visible, struct order *order, const char *url, const char *header)
{
    struct curl_slist *before = order->headers;
    order->headers = curl_slist_append(NULL, header);
    REQUIRE(order->headers);
    curl_easy_setopt(order->curl, CURLOPT_URL, url);
    curl_easy_setopt(order->curl, CURLOPT_HTTPHEADER, order->headers);
    curl_slist_free_all(before);
    REQUIRE(curl_multi_add_handle(visible->multi, order->curl) == CURLM_OK);
}

static void send_command(struct visible *visible, struct order *order)
{
    AUTO(text) struct text url = {0}, body = {0};
    order->asked = false;
    text_printf(&url, "%s/commands/order/V-%08lld/create", visible->commands_url,
                (long long)order->number);
    text_printf(&body,
                "{\"customerId\":\"CUST-%06lld\",\"currency\":\"EUR\",\"place\":true,\"items\":[",
                (long long)order->number % 10000);
    for (int64_t i = 0; i < visible->items; i++)
        text_printf(&body, "%s{\"productId\":\"SKU-%04lld\",\"quantity\":1,\"unitPrice\":1999}",
                    i ? "," : "", (long long)(order->number + i) % 1000);
    text_add(&body, "]}");
    curl_easy_setopt(order->curl, CURLOPT_POSTFIELDSIZE, (long)body.length);
    curl_easy_setopt(order->curl, CURLOPT_COPYPOSTFIELDS, body.at);
    start(visible, order, url.at, "Content-Type: application/json");
}

/* False if the answer is wrong. */
static bool ask_for_row(struct visible *visible, struct order *order)
{
    AUTO(text) struct text url = {0}, header = {0};
    struct curl_header *position;
    if (curl_easy_header(order->curl, "Annal-Position", 0, CURLH_HEADER, -1, &position) !=
        CURLHE_OK)
        return false;
    order->asked = true;
    text_printf(&url, "%s/read/order_summary/V-%08lld", visible->queries_url,
                (long long)order->number);
    text_printf(&header, "Annal-Min-Position: %s", position->value);
    curl_easy_setopt(order->curl, CURLOPT_HTTPGET, 1L);
    start(visible, order, url.at, header.at);
    return true;
}

static void on_done(struct visible *visible, struct order *order, CURLcode result)
{
    long status = 0;
    int64_t us = clock_monotonic_us() - order->due_us;
    curl_easy_getinfo(order->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(visible->multi, order->curl);
    bool good = result == CURLE_OK && status / 100 == 2;
    if (good && !order->asked) {
        visible->command_us[order->number] = us;
        if (ask_for_row(visible, order))
            return;
        good = false;
    }
    if (good)
        visible->visible_us[visible->seen++] = us;
    else
        visible->failed++;
    visible->free[visible->free_count++] = order;
}

static int64_t due_us(const struct visible *visible, int64_t number, int64_t rate)
{
    return visible->begin_us + number * 1000000 / rate;
}

static void send_due(struct visible *visible, int64_t rate)
{
    int64_t now_us = clock_monotonic_us();
    while (visible->sent < visible->count && visible->free_count > 0 &&
           due_us(visible, visible->sent, rate) <= now_us) {
        struct order *order = visible->free[--visible->free_count];
        order->number = visible->sent++;
        order->due_us = due_us(visible, order->number, rate);
        send_command(visible, order);
    }
}

static void run(struct visible *visible, int64_t rate)
{
    int running, left;
    CURLMsg *message;
    visible->begin_us = clock_monotonic_us();
    while (visible->seen + visible->failed < visible->count) {
        send_due(visible, rate);
        curl_multi_perform(visible->multi, &running);
        while ((message = curl_multi_info_read(visible->multi, &left))) {
            struct order *order = NULL;
            CURLcode result = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&order);
            on_done(visible, order, result);
        }
        curl_multi_poll(visible->multi, NULL, 0, 1, NULL);
    }
    visible->took_us = clock_monotonic_us() - visible->begin_us;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static long long percentile(int64_t *sorted, int64_t count, int percent)
{
    return count ? (long long)sorted[(count - 1) * percent / 100] : 0;
}

static void report(struct visible *visible)
{
    qsort(visible->command_us, (size_t)visible->count, sizeof *visible->command_us, compare);
    qsort(visible->visible_us, (size_t)visible->seen, sizeof *visible->visible_us, compare);
    printf("{\"seen\":%lld,\"failed\":%lld,\"us\":%lld,\"command_p50_us\":%lld,\"command_p99_us\":%"
           "lld,"
           "\"visible_p50_us\":%lld,\"visible_p99_us\":%lld}\n",
           (long long)visible->seen, (long long)visible->failed, (long long)visible->took_us,
           percentile(visible->command_us, visible->count, 50),
           percentile(visible->command_us, visible->count, 99),
           percentile(visible->visible_us, visible->seen, 50),
           percentile(visible->visible_us, visible->seen, 99));
}

static bool read_numbers(char *const *arguments, int64_t out[3])
{
    for (int i = 0; i < 3; i++)
        if (!slice_read_int(slice_of(arguments[i]), &out[i]) || out[i] < 1)
            return false;
    return true;
}

int main(int count, char **arguments)
{
    static struct visible visible;
    int64_t number[3]; /* rate, seconds, items */
    if (count != 6 || !read_numbers(arguments + 3, number)) {
        fprintf(stderr, "usage: visible COMMANDS_URL QUERIES_URL RATE SECONDS ITEMS\n");
        return 2;
    }
    visible.commands_url = arguments[1];
    visible.queries_url = arguments[2];
    visible.count = number[0] * number[1];
    visible.items = number[2];
    visible.command_us = calloc((size_t)visible.count, sizeof *visible.command_us);
    visible.visible_us = calloc((size_t)visible.count, sizeof *visible.visible_us);
    REQUIRE(visible.command_us && visible.visible_us);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    prepare(&visible);
    run(&visible, number[0]);
    report(&visible);
    finish(&visible);
    curl_global_cleanup();
    return 0;
}
