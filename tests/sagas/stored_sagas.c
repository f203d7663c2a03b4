#include "tests/sagas/stored_sagas.h"
#include "tests/domain/lending.h"

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

json_t *stored_sagas_loan(void)
{
    return json_pack("{s:s, s:I, s:[{s:s, s:I, s:s}]}", "loan", "requested", "timeoutMs",
                     (json_int_t)1000, "books", "bookId", "B-1", "copies", (json_int_t)1, "is",
                     "free");
}

void stored_sagas_request(struct saga_store *store, const char *id)
{
    const struct saga_turns turns = {
        .store = store, .kinds = lending.sagas, .decides = true, .now_us = 1};
    AUTO(saga_row)
    struct saga_row row = stored_sagas_row("loan_handling", id, stored_sagas_loan());
    assert_ok(saga_turn_begin(&turns, &row, "requested", &error));
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
