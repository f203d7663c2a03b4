#include "tests/sagas/stored_sagas.h"
#include "shop/shop.h"

#include <stdio.h>

static const char *data;

int stored_sagas_setup(void **state)
{
    (void)state;
    data = test_directory_make();
    return 0;
}

int stored_sagas_teardown(void **state)
{
    (void)state;
    test_directory_remove(data);
    return 0;
}

const char *stored_sagas_data(void)
{
    return data;
}

struct saga_store *stored_sagas_open(void)
{
    struct saga_store *store = NULL;
    assert_ok(saga_store_open(data, "a test", &store, &error));
    if (saga_store_is_new(store))
        assert_ok(saga_store_begin_at(store, &(struct checkpoint){0}, &error));
    return store;
}

struct saga_row stored_sagas_row(const char *saga, const char *id, json_t *take_facts)
{
    struct saga_row row = {.version = 1, .facts = take_facts};
    snprintf(row.saga, sizeof row.saga, "%s", saga);
    snprintf(row.id, sizeof row.id, "%s", id);
    snprintf(row.correlation, sizeof row.correlation, "C");
    return row;
}

json_t *stored_sagas_order(void)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:[{s:s, s:I, s:s}]}", "order", "placed", "payment",
                     "none", "currency", "EUR", "amount", (json_int_t)1, "paymentTimeoutMs",
                     (json_int_t)1000, "items", "productId", "P-1", "quantity", (json_int_t)1,
                     "held", "none");
}

void stored_sagas_place(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {
        .store = store, .kinds = shop.sagas, .decides = true, .now_us = 1};
    AUTO(saga_row)
    struct saga_row row = stored_sagas_row("order_fulfilment", id, stored_sagas_order());
    assert_ok(saga_turn_begin(&turns, &row, "placed", &error));
}

int64_t stored_sagas_count(const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    int64_t count = -1;
    text_printf(&path, "%s/" SAGA_STORE_FILE, data);
    assert_ok(db_open_reader(path.at, DB_SAGAS, &db, &error));
    assert_ok(db_read_int(db, sql, &count, &error));
    return count;
}
