#include "tests/sagas/running_sagas.h"

#include "shop/saga/order_fulfilment.h"
#include "tests/support/own_log.h"

#include "base/statement.h"

#include <stdio.h>

static const struct saga_kind *const kinds[] = {&order_fulfilment, NULL};

int running_shop_setup(void **state)
{
    struct running_shop *shop = calloc(1, sizeof *shop);
    assert_non_null(shop);
    shop->data = test_directory_make();
    annal_start(&shop->commands, shop->data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(shop->address, sizeof shop->address, "%s", annal_address(&shop->commands, NULL));
    snprintf(shop->url, sizeof shop->url, "http://%s", shop->address);
    shop->bus = (struct bus_url){.is_log = true};
    shop->settings = json_object();
    shop->runner = (struct saga_runner_options){.data_directory = shop->data,
                                                .log_url = own_log_url(shop->data),
                                                .bus = &shop->bus,
                                                .commands_url = shop->url,
                                                .kinds = kinds,
                                                .settings = shop->settings,
                                                .from = 0,
                                                .from_given = true,
                                                .key_lifetime_us = 3600LL * 1000000};
    running_shop_command(shop, "inventory/P-1/receive", "{'quantity':1000}");
    *state = shop;
    return 0;
}

int running_shop_teardown(void **state)
{
    struct running_shop *shop = *state;
    if (annal_is_running(&shop->commands))
        annal_stop(&shop->commands, 30);
    test_directory_remove(shop->data);
    json_decref(shop->settings);
    free(shop);
    return 0;
}

void running_shop_payment_timeout(struct running_shop *shop, int seconds)
{
    json_object_set_new(shop->settings, "payment-timeout", json_integer(seconds));
}

void running_shop_command(const struct running_shop *shop, const char *path, const char *body)
{
    AUTO(text) struct text whole = {0};
    AUTO(text) struct text json = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_printf(&whole, "/commands/%s", path);
    for (; *body; body++)
        text_add_char(&json, *body == '\'' ? '"' : *body);
    http_post_json(shop->address, whole.at, json.at, &reply);
    if (reply.status / 100 != 2)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
}

void running_shop_place(const struct running_shop *shop, const char *id)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "order/%s/create", id);
    running_shop_command(shop, path.at,
                         "{'customerId':'C-1','currency':'EUR','place':true,"
                         "'items':[{'productId':'P-1','quantity':2,'unitPrice':250}]}");
}

int64_t running_shop_count(const struct running_shop *shop, const char *file, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    int64_t count = -1;
    text_printf(&path, "%s/%s", shop->data, file);
    enum db_kind kind = strcmp(file, "events.db") == 0 ? DB_EVENTS : DB_SAGAS;
    if (db_open_reader(path.at, kind, &db, NULL) != OK || db_read_int(db, sql, &count, NULL) != OK)
        return -1;
    return count;
}

bool running_shop_saga_is(const struct running_shop *shop, const char *id, const char *phase,
                          const char *step)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT count(*) FROM sagas WHERE id = '%s' AND phase = '%s' AND step = '%s'",
                id, phase, step);
    return running_shop_count(shop, "sagas.db", sql.at) == 1;
}

int64_t running_shop_events(const struct running_shop *shop, const char *type)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT count(*) FROM event_log WHERE type = '%s'", type);
    return running_shop_count(shop, "events.db", sql.at);
}
