/* A shop's customers and its warehouse, for sagas.py: places orders and ships each as soon as it is
 * confirmed, until the stock of all orders has been shipped.
 *
 *     fulfil COMMANDS_URL PREFIX ORDERS WINDOW AFTER      prints one line of JSON
 *
 * At most WINDOW orders are in flight at once. It follows them in the log, after position AFTER, over
 * HTTP, like any service; it does not use sagas. Orders are like those of order_create.lua. One thread.
 */
#include "base/clock.h"
#include "base/json.h"
#include "http/http_calls.h"

#include <stdio.h>
#include <sys/resource.h>

#define IN_FLIGHT     64
#define PRODUCTS      1000 /* as many as sagas.py has in stock */
#define LOOK_EVERY_MS 10
#define PATIENCE_MS   60000

enum what { CREATE, SHIP, LOOK_CONFIRMED, LOOK_LEFT };

struct request {
    enum what what;
    struct text body; /* borrowed by the call */
    struct request *next;
};

/* Follows the events of one type in the log. */
struct look {
    const char *type;
    int64_t position, next_ms;
    bool under_way;
};

struct fulfil {
    const char *url, *prefix;
    int64_t orders, window, after;
    struct http_calls *calls;
    struct request requests[IN_FLIGHT], *free;
    int64_t placed, shipped, complete;
    int64_t *to_ship, confirmed; /* the numbers of the orders, in the order of their confirmation */
    int *left;                   /* shipped products of each order */
    struct look looks[2];
    int64_t begin_us, progress_ms;
};

static _Noreturn void fail(const char *what, const struct http_call_answer *answer)
{
    fprintf(stderr, "fulfil: %s: %d %s%.*s\n", what, answer->status, answer->trouble,
            SLICE(answer->body));
    exit(1);
}

/* ---- requests ---- */

static struct request *take_request(struct fulfil *fulfil, enum what what)
{
    struct request *request = fulfil->free;
    fulfil->free = request->next;
    request->what = what;
    text_clear(&request->body);
    return request;
}

static void start(struct fulfil *fulfil, struct request *request, const char *path)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "%s%s", fulfil->url, path);
    http_calls_start(fulfil->calls, &(struct http_call_request){
                                        .method = request->body.length ? "POST" : "GET",
                                        .url = url.at,
                                        .headers = {"Content-Type: application/json"},
                                        .body = text_slice(&request->body),
                                        .context = request,
                                    });
}

/* One product and two products alternately. */
static int products_of(int64_t number)
{
    return number % 2 == 0 ? 2 : 1;
}

static void write_item(int64_t n, struct text *out)
{
    text_printf(out, "{\"productId\":\"SKU-%04lld\",\"quantity\":%lld,\"unitPrice\":%lld}",
                (long long)n % PRODUCTS, (long long)(1 + n % 9), (long long)(1000 + n % 9000));
}

static void place(struct fulfil *fulfil)
{
    char path[128];
    int64_t number = fulfil->placed++;
    struct request *request = take_request(fulfil, CREATE);
    text_printf(&request->body,
                "{\"customerId\":\"CUST-%06lld\",\"currency\":\"EUR\",\"place\":true,\"items\":[",
                (long long)number % 10000);
    for (int i = 0; i < products_of(number); i++) {
        text_add(&request->body, i ? "," : "");
        write_item(number + 7 * i, &request->body);
    }
    text_add(&request->body, "]}");
    snprintf(path, sizeof path, "/commands/order/%s-%08lld/create", fulfil->prefix,
             (long long)number);
    start(fulfil, request, path);
}

static void ship(struct fulfil *fulfil)
{
    char path[128];
    struct request *request = take_request(fulfil, SHIP);
    text_add(&request->body, "{\"carrier\":\"Post\"}");
    snprintf(path, sizeof path, "/commands/order/%s-%08lld/ship", fulfil->prefix,
             (long long)fulfil->to_ship[fulfil->shipped++]);
    start(fulfil, request, path);
}

static void look(struct fulfil *fulfil, enum what what)
{
    char path[128];
    struct look *look = &fulfil->looks[what - LOOK_CONFIRMED];
    snprintf(path, sizeof path, "/events?after=%lld&limit=1000&type=%s", (long long)look->position,
             look->type);
    look->under_way = true;
    start(fulfil, take_request(fulfil, what), path);
}

/* ---- answers ---- */

/* The number of an order of this run; -1: another order. */
static int64_t number_of(const struct fulfil *fulfil, const char *id)
{
    size_t length = strlen(fulfil->prefix);
    bool ours = strncmp(id, fulfil->prefix, length) == 0 && id[length] == '-';
    return ours ? strtoll(id + length + 1, NULL, 10) : -1;
}

static void see(struct fulfil *fulfil, struct look *look, const json_t *event)
{
    const char *order = strchr(json_string_or(event, "partitionkey", "/"), '/') + 1;
    bool confirmed = look == &fulfil->looks[0];
    int64_t number =
        number_of(fulfil, json_string_or(json_object_get(event, "data"), "orderId", order));
    look->position = strtoll(json_string_or(event, "sequence", "0"), NULL, 10);
    if (number < 0 || number >= fulfil->orders)
        return;
    fulfil->progress_ms = clock_monotonic_ms();
    if (confirmed)
        fulfil->to_ship[fulfil->confirmed++] = number;
    else if (++fulfil->left[number] == products_of(number))
        fulfil->complete++;
}

static void looked(struct fulfil *fulfil, struct look *look, const struct http_call_answer *answer)
{
    struct slice rest = answer->body;
    look->under_way = false;
    look->next_ms = clock_monotonic_ms() + LOOK_EVERY_MS;
    for (const char *end; (end = memchr(rest.at, '\n', rest.length));) {
        AUTO(json) json_t *event = NULL;
        size_t length = (size_t)(end - rest.at);
        REQUIRE(json_read((struct slice){rest.at, length}, &event, NULL) == OK);
        see(fulfil, look, event);
        rest = (struct slice){end + 1, rest.length - length - 1};
    }
}

static void on_done(void *context, void *request_, const struct http_call_answer *answer)
{
    static const char *const names[] = {"create", "ship", "confirmed?", "left?"};
    struct fulfil *fulfil = context;
    struct request *request = request_;
    if (fulfil->complete == fulfil->orders)
        return; /* a read that is no longer needed */
    if (answer->status / 100 != 2)
        fail(names[request->what], answer);
    if (request->what >= LOOK_CONFIRMED)
        looked(fulfil, &fulfil->looks[request->what - LOOK_CONFIRMED], answer);
    request->next = fulfil->free;
    fulfil->free = request;
}

/* ---- the run ---- */

static void look_if_due(struct fulfil *fulfil)
{
    for (enum what what = LOOK_CONFIRMED; what <= LOOK_LEFT; what++) {
        const struct look *next = &fulfil->looks[what - LOOK_CONFIRMED];
        if (fulfil->free && !next->under_way && clock_monotonic_ms() >= next->next_ms)
            look(fulfil, what);
    }
}

static void sell(struct fulfil *fulfil)
{
    fulfil->begin_us = clock_monotonic_us();
    fulfil->progress_ms = clock_monotonic_ms();
    while (fulfil->complete < fulfil->orders) {
        look_if_due(fulfil);
        while (fulfil->free && fulfil->shipped < fulfil->confirmed)
            ship(fulfil);
        while (fulfil->free && fulfil->placed < fulfil->orders &&
               fulfil->placed - fulfil->complete < fulfil->window)
            place(fulfil);
        http_calls_work(fulfil->calls, -1, LOOK_EVERY_MS);
        if (clock_monotonic_ms() - fulfil->progress_ms > PATIENCE_MS)
            fail("no progress", &(struct http_call_answer){.body = slice_of("")});
    }
}

static int64_t us_of(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void report(const struct fulfil *fulfil)
{
    struct rusage usage;
    int64_t us = clock_monotonic_us() - fulfil->begin_us;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"complete\":%lld,\"us\":%lld,\"cpu_us\":%lld}\n", (long long)fulfil->complete,
           (long long)us, (long long)(us_of(usage.ru_utime) + us_of(usage.ru_stime)));
}

static void prepare(struct fulfil *fulfil)
{
    fulfil->looks[0].type = "order.confirmed.v1";
    fulfil->looks[1].type = "inventory.shipped.v1";
    fulfil->looks[0].position = fulfil->looks[1].position = fulfil->after;
    fulfil->to_ship = calloc((size_t)fulfil->orders, sizeof *fulfil->to_ship);
    fulfil->left = calloc((size_t)fulfil->orders, sizeof *fulfil->left);
    REQUIRE(fulfil->to_ship && fulfil->left);
    fulfil->calls = http_calls_create(IN_FLIGHT, on_done, fulfil);
    for (int i = 0; i < IN_FLIGHT; i++) {
        fulfil->requests[i].next = fulfil->free;
        fulfil->free = &fulfil->requests[i];
    }
}

static void finish(struct fulfil *fulfil)
{
    http_calls_destroy(fulfil->calls);
    for (int i = 0; i < IN_FLIGHT; i++)
        text_finish(&fulfil->requests[i].body);
    free(fulfil->to_ship);
    free(fulfil->left);
}

static bool read_numbers(char *const *arguments, struct fulfil *fulfil)
{
    return slice_read_int(slice_of(arguments[0]), &fulfil->orders) &&
           slice_read_int(slice_of(arguments[1]), &fulfil->window) &&
           slice_read_int(slice_of(arguments[2]), &fulfil->after) && fulfil->orders > 0 &&
           fulfil->window > 0 && fulfil->after >= 0;
}

int main(int count, char **arguments)
{
    static struct fulfil fulfil;
    if (count != 6 || !read_numbers(arguments + 3, &fulfil)) {
        fprintf(stderr, "usage: fulfil COMMANDS_URL PREFIX ORDERS WINDOW AFTER\n");
        return 2;
    }
    fulfil.url = arguments[1];
    fulfil.prefix = arguments[2];
    prepare(&fulfil);
    sell(&fulfil);
    report(&fulfil);
    finish(&fulfil);
    return 0;
}
