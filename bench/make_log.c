/* Fills a new log with a shop's events, fast: for benchmarks that need a long log.
 *
 *     make_log DATA EVENTS [shop | created | received]      writes EVENTS events, prints the number
 *
 *     shop      orders run from creation to delivery, ALIVE of them at a time, a step of one after the
 *               other; one in ten is cancelled, half of these before being placed
 *     created   orders with random ids are created, with one and two items alternately
 *     received  one product is received again and again: all events are in one stream
 *
 * It stores large write sets and decides no command; `annal verify` accepts the log. The same arguments
 * always give the same orders.
 */
#include "base/clock.h"
#include "base/id.h"
#include "base/text.h"
#include "event_store/event_store.h"

#include <stdio.h>

#define ALIVE         2000
#define TRANSACTION   20000 /* events */
#define ITEMS_MOST    4
#define PRODUCTS      5000
#define CUSTOMERS     20000
#define ONE_CANCELLED 10 /* of so many */
#define NEVER         1000000U

struct line {
    unsigned product, quantity, price;
};

/* The next step of an order: 0 created, 1 … items added, then the steps of `lives`. */
struct order {
    unsigned number, items, step;
    unsigned cancelled_at; /* a step, or NEVER */
    int64_t version;
    struct line line[ITEMS_MOST];
};

struct maker {
    void (*add)(struct maker *maker); /* adds the next event */
    struct event_store *log;
    struct write_set set;
    struct checkpoint head;
    int64_t head_time_us;
    struct order orders[ALIVE];
    unsigned numbers;
    uint64_t random;
    int64_t made;
    struct text data, meta;
};

static unsigned random_below(struct maker *maker, unsigned bound)
{
    maker->random = maker->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(maker->random >> 33) % bound;
}

static void begin_order(struct maker *maker, struct order *order)
{
    *order = (struct order){.number = ++maker->numbers};
    order->items = 1 + random_below(maker, ITEMS_MOST);
    bool cancelled = order->number % ONE_CANCELLED == 0;
    order->cancelled_at = cancelled ? order->items + 1 + random_below(maker, 2) : NEVER;
    for (unsigned i = 0; i < order->items; i++)
        order->line[i] = (struct line){random_below(maker, PRODUCTS), 1 + random_below(maker, 9),
                                       100 + random_below(maker, 9900)};
}

static unsigned total_of(const struct order *order)
{
    unsigned total = 0;
    for (unsigned i = 0; i < order->items; i++)
        total += order->line[i].quantity * order->line[i].price;
    return total;
}

static void add_customer(struct text *data, const struct order *order)
{
    text_printf(data, "\"customerId\":\"CUST-%06u\"", order->number % CUSTOMERS);
}

static const char *currency_of(const struct order *order)
{
    static const char *const currencies[] = {"EUR", "EUR", "EUR", "DKK", "USD"};
    return currencies[order->number % 5];
}

static void add_currency_and_time(struct text *data, const struct order *order)
{
    text_printf(data, ",\"currency\":\"%s\",\"orderedAt\":\"2026-%02u-%02uT10:00:00.000000Z\"",
                currency_of(order), 1 + order->number / 28 % 12, 1 + order->number % 28);
}

static void add_line(struct text *data, const struct order *order, unsigned i)
{
    text_printf(data, "{\"line\":%u,\"productId\":\"SKU-%05u\",\"quantity\":%u,\"unitPrice\":%u}",
                i + 1, order->line[i].product, order->line[i].quantity, order->line[i].price);
}

static void add_items(struct text *data, const struct order *order)
{
    text_add(data, "\"items\":[");
    for (unsigned i = 0; i < order->items; i++) {
        if (i)
            text_add_char(data, ',');
        add_line(data, order, i);
    }
    text_add_char(data, ']');
}

/* --- the steps of an order: each writes its data ---------------------------------------------- */

static void write_created(struct text *data, const struct order *order)
{
    text_add_char(data, '{');
    add_customer(data, order);
    add_currency_and_time(data, order);
    text_add_char(data, '}');
}

static void write_item_added(struct text *data, const struct order *order)
{
    add_line(data, order, order->step - 1);
}

static void write_placed(struct text *data, const struct order *order)
{
    write_created(data, order);
    data->length--; /* its brace */
    text_add_char(data, ',');
    add_items(data, order);
    text_printf(data, ",\"total\":%u}", total_of(order));
}

static void write_payment(struct text *data, const struct order *order)
{
    text_printf(data, "{\"amount\":%u,\"currency\":\"%s\",\"reference\":\"PAY-%u\"}",
                total_of(order), currency_of(order), order->number);
}

static void write_customer(struct text *data, const struct order *order)
{
    text_add_char(data, '{');
    add_customer(data, order);
    text_add_char(data, '}');
}

static void write_shipped(struct text *data, const struct order *order)
{
    text_printf(data, "{\"carrier\":\"DHL\",\"trackingNumber\":\"T%010u\",", order->number);
    add_items(data, order);
    text_add_char(data, '}');
}

static bool was_placed(const struct order *order)
{
    return order->step > order->items + 1;
}

static void write_cancelled(struct text *data, const struct order *order)
{
    text_printf(data, "{\"reason\":\"changed their mind\",\"wasPlaced\":%s,",
                was_placed(order) ? "true" : "false");
    add_customer(data, order);
    add_currency_and_time(data, order);
    text_add_char(data, ',');
    add_items(data, order);
    text_printf(data, ",\"total\":%u,\"paid\":false}", total_of(order));
}

struct step {
    const char *type;
    void (*write)(struct text *data, const struct order *order);
};

static const struct step create = {"order.created.v1", write_created};
static const struct step add_item = {"order.item.added.v1", write_item_added};
static const struct step cancel = {"order.cancelled.v1", write_cancelled};
static const struct step lives[] = {
    {"order.placed.v1", write_placed},      {"order.payment.received.v1", write_payment},
    {"order.confirmed.v1", write_customer}, {"order.shipped.v1", write_shipped},
    {"order.delivered.v1", write_customer},
};
#define LIVES (sizeof lives / sizeof *lives)

/* NULL: the order is complete. */
static const struct step *step_of(const struct order *order)
{
    if (order->step == 0)
        return &create;
    if (order->step <= order->items)
        return &add_item;
    if (order->step > order->cancelled_at)
        return NULL;
    if (order->step == order->cancelled_at)
        return &cancel;
    size_t at = order->step - order->items - 1;
    return at < LIVES ? &lives[at] : NULL;
}

/* --- the log -----------------------------------------------------------------------------------
 */

static int64_t append(struct maker *maker, const char *stream, int64_t version, const char *type)
{
    char id[ID_UUID_BYTES];
    snprintf(id, sizeof id, "%08x-0000-4000-8000-%012llx", maker->numbers,
             (unsigned long long)maker->made++);
    text_clear(&maker->meta);
    text_printf(&maker->meta, "{\"correlationid\":\"%s\",\"causationid\":\"%s\"}", id, id);
    struct event event = {.type = slice_of(type),
                          .id = slice_of(id),
                          .data = text_slice(&maker->data),
                          .meta = text_slice(&maker->meta)};
    return write_set_add_event(&maker->set, slice_of(stream), version, clock_now_us(), &event)
        ->version;
}

static void append_step(struct maker *maker, struct order *order, const char *stream,
                        const struct step *step)
{
    text_clear(&maker->data);
    step->write(&maker->data, order);
    order->version = append(maker, stream, order->version, step->type);
    order->step++;
}

static void add_to_shop(struct maker *maker)
{
    char stream[64];
    struct order *order = &maker->orders[random_below(maker, ALIVE)];
    if (!order->number || !step_of(order))
        begin_order(maker, order);
    snprintf(stream, sizeof stream, "order/ORD-%08u", order->number);
    append_step(maker, order, stream, step_of(order));
}

/* The id is a permutation of the number, so no two orders have the same. */
static void add_created(struct maker *maker)
{
    char stream[64];
    struct order *order = &maker->orders[0];
    if (!order->number || order->step > order->items) {
        begin_order(maker, order);
        order->items = 1 + order->number % 2;
    }
    uint64_t id = order->number * 0x9e3779b97f4a7c15ULL;
    id = (id ^ id >> 29) * 0xbf58476d1ce4e5b9ULL;
    snprintf(stream, sizeof stream, "order/ORD-%016llx", (unsigned long long)(id ^ id >> 32));
    append_step(maker, order, stream, step_of(order));
}

static void add_received(struct maker *maker)
{
    text_clear(&maker->data);
    text_add(&maker->data, "{\"quantity\":1}");
    maker->orders[0].version =
        append(maker, "inventory/SKU-00001", maker->orders[0].version, "inventory.received.v1");
}

static enum err add_events(struct maker *maker, int64_t count, struct error *error)
{
    write_set_begin(&maker->set, &maker->head, maker->head_time_us);
    for (int64_t i = 0; i < count; i++)
        maker->add(maker);
    if (event_store_store(maker->log, &maker->set, error) != EVENT_STORE_STORED)
        return error->code;
    event_store_tidy(maker->log);
    maker->head = maker->set.head;
    maker->head_time_us = maker->set.head_time_us;
    return OK;
}

static enum err fill(struct maker *maker, const char *directory, int64_t events,
                     struct error *error)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "sqlite:%s", directory);
    write_set_init(&maker->set);
    enum err err = event_store_open(url.at, EVENT_STORE_WRITE, &maker->log, error);
    if (!err)
        err = event_store_head(maker->log, &maker->head, &maker->head_time_us, error);
    while (!err && maker->made < events)
        err = add_events(
            maker, events - maker->made < TRANSACTION ? events - maker->made : TRANSACTION, error);
    return err;
}

static const struct kind {
    const char *name;
    void (*add)(struct maker *maker);
} kinds[] = {{"shop", add_to_shop}, {"created", add_created}, {"received", add_received}};

static bool set_kind(struct maker *maker, const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            maker->add = kinds[i].add;
    return maker->add;
}

int main(int count, char **arguments)
{
    static struct maker maker = {.random = 1};
    struct error error = {0};
    int64_t events;
    if (count < 3 || count > 4 || !slice_read_int(slice_of(arguments[2]), &events) ||
        !set_kind(&maker, count > 3 ? arguments[3] : "shop")) {
        fprintf(stderr, "usage: make_log DATA EVENTS [shop | created | received]\n");
        return 2;
    }
    enum err err = fill(&maker, arguments[1], events, &error);
    if (err)
        fprintf(stderr, "make_log: %s\n", error.text);
    else
        printf("%lld events, %u orders\n", (long long)maker.made, maker.numbers);
    event_store_close(maker.log);
    write_set_finish(&maker.set);
    text_finish(&maker.data);
    text_finish(&maker.meta);
    return err != OK;
}
