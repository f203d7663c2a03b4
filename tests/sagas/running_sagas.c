#include "tests/sagas/running_sagas.h"

#include "tests/domain/lending.h"
#include "tests/support/own_log.h"

#include "base/statement.h"

#include <stdio.h>

int running_sagas_setup_with(void **state, const struct saga_kind *const *kinds)
{
    struct running_sagas *sagas = calloc(1, sizeof *sagas);
    assert_non_null(sagas);
    sagas->data = test_directory_make();
    annal_start(&sagas->commands, sagas->data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(sagas->address, sizeof sagas->address, "%s", annal_address(&sagas->commands, NULL));
    snprintf(sagas->url, sizeof sagas->url, "http://%s", sagas->address);
    sagas->bus = (struct bus_url){.is_log = true};
    sagas->settings = json_object();
    sagas->runner = (struct saga_runner_options){.data_directory = sagas->data,
                                                 .log_url = own_log_url(sagas->data),
                                                 .bus = &sagas->bus,
                                                 .commands_url = sagas->url,
                                                 .kinds = kinds,
                                                 .settings = sagas->settings,
                                                 .from = 0,
                                                 .from_given = true,
                                                 .key_lifetime_us = 3600LL * 1000000};
    *state = sagas;
    return 0;
}

int running_sagas_setup(void **state)
{
    int err = running_sagas_setup_with(state, lending.sagas);
    running_sagas_command(*state, "shelf/B-1/stock", "{'copies':1000}");
    return err;
}

int running_sagas_teardown(void **state)
{
    struct running_sagas *sagas = *state;
    if (annal_is_running(&sagas->commands))
        annal_stop(&sagas->commands, 30);
    test_directory_remove(sagas->data);
    json_decref(sagas->settings);
    free(sagas);
    return 0;
}

void running_sagas_approval_timeout(struct running_sagas *sagas, int seconds)
{
    json_object_set_new(sagas->settings, "approval-timeout", json_integer(seconds));
}

void running_sagas_command(const struct running_sagas *sagas, const char *path, const char *body)
{
    AUTO(text) struct text whole = {0};
    AUTO(text) struct text json = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_printf(&whole, "/commands/%s", path);
    for (; *body; body++)
        text_add_char(&json, *body == '\'' ? '"' : *body);
    http_post_json(sagas->address, whole.at, json.at, &reply);
    if (reply.status / 100 != 2)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
}

void running_sagas_loan(const struct running_sagas *sagas, const char *id, const char *command,
                        const char *body)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "loan/%s/%s", id, command);
    running_sagas_command(sagas, path.at, body);
}

void running_sagas_request(const struct running_sagas *sagas, const char *id)
{
    running_sagas_loan(sagas, id, "open",
                       "{'memberId':'M-1','branch':'CPH','request':true,"
                       "'books':[{'bookId':'B-1','copies':2}]}");
}

int64_t running_sagas_count(const struct running_sagas *sagas, const char *file, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    int64_t count = -1;
    text_printf(&path, "%s/%s", sagas->data, file);
    enum db_kind kind = strcmp(file, "events.db") == 0 ? DB_EVENTS : DB_SAGAS;
    if (db_open_reader(path.at, kind, &db, NULL) != OK || db_read_int(db, sql, &count, NULL) != OK)
        return -1;
    return count;
}

bool running_sagas_saga_is(const struct running_sagas *sagas, const char *id, const char *phase,
                           const char *step)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT count(*) FROM sagas WHERE id = '%s' AND phase = '%s' AND step = '%s'",
                id, phase, step);
    return running_sagas_count(sagas, "sagas.db", sql.at) == 1;
}

int64_t running_sagas_events(const struct running_sagas *sagas, const char *type)
{
    AUTO(text) struct text sql = {0};
    text_printf(&sql, "SELECT count(*) FROM event_log WHERE type = '%s'", type);
    return running_sagas_count(sagas, "events.db", sql.at);
}
