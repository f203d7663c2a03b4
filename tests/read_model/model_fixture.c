/* Events are made with a version and a position each, as the log would have them. */
#include "tests/read_model/model_fixture.h"

#include "base/clock.h"
#include "base/statement.h"
#include "tests/domain/lending.h"
#include "tests/support/claims.h"

#define FIRST_TIME "2026-11-23T10:00:00.000000Z"

int model_fixture_setup(void **state)
{
    return model_fixture_setup_domain(state, &lending);
}

int model_fixture_setup_domain(void **state, const struct domain *domain)
{
    struct model_fixture *fixture = calloc(1, sizeof *fixture);
    REQUIRE(fixture);
    fixture->domain = domain;
    assert_ok(catalogue_open(&domain->schemas, NULL, &fixture->catalogue, &error));
    fixture->directory = test_directory_make();
    *state = fixture;
    return 0;
}

static void close_store(struct model_fixture *fixture)
{
    model_store_close(fixture->store);
    model_destroy(fixture->model);
    fixture->store = NULL;
    fixture->model = NULL;
    fixture->checkpoint = (struct checkpoint){.log_id = "6f9d3a52-7c1e-4f0b-9d3a-0c1b2a3d4e5f"};
}

int model_fixture_teardown(void **state)
{
    struct model_fixture *fixture = *state;
    close_store(fixture);
    catalogue_close(fixture->catalogue);
    test_directory_remove(fixture->directory);
    free(fixture);
    return 0;
}

char *model_fixture_path(const struct model_fixture *fixture, const char *name)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/%s", fixture->directory, name);
    return text_take(&path);
}

void model_fixture_open(struct model_fixture *fixture, const char *name, const char *text)
{
    static int number;
    AUTO(text) struct text file = {0}, path = {0};
    close_store(fixture);
    text_printf(&file, "%s.sql", name);
    text_printf(&path, "%s/%s.%d.db", fixture->directory, name, ++number);
    assert_ok(model_read(file.at, slice_of(text), fixture->catalogue, &fixture->model, &error));
    assert_ok(model_store_create(path.at, fixture->model, DB_VOLATILE, &fixture->store, &error));
}

void model_fixture_open_own(struct model_fixture *fixture, const char *name)
{
    AUTO(models) struct models *models = NULL;
    assert_ok(models_open(fixture->domain->read_models, NULL, fixture->catalogue, &models, &error));
    const struct model *model = models_find(models, name);
    assert_non_null(model);
    model_fixture_open(fixture, name, model_text(model).at);
}

static enum err apply(struct model_fixture *fixture, int64_t time_us, const char *stream,
                      int64_t version, const char *type, const char *data, struct error *error)
{
    struct event event = {
        .position = fixture->checkpoint.position + 1,
        .version = version,
        .time_us = time_us,
        .stream = slice_of(stream),
        .type = slice_of(type),
        .id = slice_of("1b4e28ba-2fa1-41d2-883f-0016d3cca427"),
        .data = slice_of(data),
        .meta = slice_of("{\"correlationid\":\"corr-1\"}"),
    };
    enum err err = model_store_begin(fixture->store, error);
    if (!err)
        err = model_store_apply(fixture->store, &event, error);
    if (err && err != ERR_POISON)
        return err;
    fixture->checkpoint.position++;
    struct error ending = {0};
    if (model_store_commit(fixture->store, &fixture->checkpoint, &ending))
        fail_msg("commit: %s", ending.text);
    return err;
}

enum err model_fixture_apply(struct model_fixture *fixture, const char *stream, int64_t version,
                             const char *type, const char *data, struct error *error)
{
    int64_t time_us = 0;
    assert_true(clock_parse(slice_of(FIRST_TIME), &time_us));
    return apply(fixture, time_us + fixture->checkpoint.position * 1000000, stream, version, type,
                 data, error);
}

void model_fixture_apply_at(struct model_fixture *fixture, const char *time, const char *stream,
                            int64_t version, const char *type, const char *data)
{
    int64_t time_us = 0;
    assert_true(clock_parse(slice_of(time), &time_us));
    assert_ok(apply(fixture, time_us, stream, version, type, data, &error));
}

static void add_row(const struct statement *statement, struct text *out)
{
    for (int i = 0; i < statement_column_count(statement); i++) {
        text_add(out, i ? "|" : "");
        if (statement_kind(statement, i) == COLUMN_NULL)
            text_add(out, "NULL");
        else
            text_add_slice(out, statement_text(statement, i));
    }
    text_add_char(out, '\n');
}

const char *model_fixture_rows(struct model_fixture *fixture, const char *sql)
{
    static char rows[8192];
    AUTO(statement) struct statement *statement = NULL;
    AUTO(text) struct text out = {0};
    assert_ok(statement_prepare(model_store_db(fixture->store), sql, &statement, &error));
    for (bool row = true; row;) {
        assert_ok(statement_step(statement, &row, &error));
        if (row)
            add_row(statement, &out);
    }
    assert_true(out.length < sizeof rows);
    memcpy(rows, text_slice(&out).at, out.length);
    rows[out.length] = '\0';
    return rows;
}
