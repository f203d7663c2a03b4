#include "tests/read_model/read_fixture.h"
#include "tests/domain/lending.h"

#include "read_model/store/generation.h"

#include <stdio.h>
#include <sys/stat.h>

static const char definition[] =
    "-- Things of every type, for the tests of the read side.\n\n"
    "-- schema\n"
    "CREATE TABLE things (\n"
    "  id TEXT PRIMARY KEY, number INTEGER, amount REAL, name TEXT, bytes BLOB\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE pairs (\n"
    "  a INTEGER NOT NULL, b TEXT NOT NULL, sum INTEGER, PRIMARY KEY (a, b)\n"
    ") STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE visits (seen_at TEXT PRIMARY KEY, id TEXT) STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX things_by_number ON things (number, id);\n\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO things (id) VALUES (:id);\n\n"
    "-- query things_named\n"
    "SELECT id, number FROM things WHERE name = :name ORDER BY id LIMIT :most;\n\n"
    "-- query things_numbered\n"
    "SELECT id FROM things WHERE number = :number ORDER BY id;\n\n"
    "-- query things_dear\n"
    "SELECT count(*) AS dear FROM things WHERE amount * 2 > :least;\n\n"
    "-- query things_above (least integer, name text = 'it''s', most integer = 2)\n"
    "SELECT id, :name AS said FROM things WHERE number > :least ORDER BY id LIMIT :most;\n\n"
    "-- query visits_after (after_time text = '2026-11-23T12:00:00+02:00')\n"
    "SELECT id FROM visits WHERE seen_at > :after_time ORDER BY seen_at;\n\n"
    "-- query things_like (pattern text)\n"
    "SELECT id FROM things WHERE name LIKE :pattern ORDER BY id;\n\n"
    "-- query things_padded (length integer)\n"
    "SELECT length(replace(printf('%.*c', :length, 'x'), 'x', printf('%.*c', :length, 'y')))\n"
    "  AS padded;\n\n"
    "-- query things_total\n"
    "SELECT sum(number) AS total FROM things;\n\n"
    "-- query things_cubed\n"
    "SELECT count(*) AS n FROM things a, things b, things c, things d\n"
    " WHERE a.number + b.number + c.number + d.number > 1;\n\n"
    "-- query things_repeated\n"
    "SELECT a.name AS one, b.name AS two FROM things a, things b;\n";

int read_fixture_setup(void **state)
{
    struct read_fixture *fixture = calloc(1, sizeof *fixture);
    AUTO(text) struct text path = {0};
    assert_non_null(fixture);
    fixture->directory = test_directory_make();
    text_printf(&path, "%s/read", fixture->directory);
    assert_int_equal(mkdir(path.at, 0700), 0);
    text_clear(&path);
    text_printf(&path, "%s/models", fixture->directory);
    assert_int_equal(mkdir(path.at, 0700), 0);
    text_add(&path, "/things.sql");
    test_file_write(path.at, definition);
    *strrchr(path.at, '/') = '\0';
    assert_ok(catalogue_open(&lending.schemas, NULL, &fixture->catalogue, &error));
    assert_ok(
        models_open(lending.read_models, path.at, fixture->catalogue, &fixture->models, &error));
    fixture->model = models_find(fixture->models, "things");
    assert_non_null(fixture->model);
    read_fixture_limit(fixture, 0);
    *state = fixture;
    return 0;
}

int read_fixture_teardown(void **state)
{
    struct read_fixture *fixture = *state;
    read_side_close(fixture->side);
    models_close(fixture->models);
    catalogue_close(fixture->catalogue);
    test_directory_remove(fixture->directory);
    free(fixture);
    return 0;
}

void read_fixture_limit(struct read_fixture *fixture, int64_t time_limit_ms)
{
    struct read_side_options options = {
        .data_directory = fixture->directory,
        .models = fixture->models,
        .query_time_limit_ms = time_limit_ms,
    };
    read_side_close(fixture->side);
    assert_ok(read_side_open(&options, &fixture->side, &error));
}

static struct model_store *make_generation(struct read_fixture *fixture, const struct model *model,
                                           int64_t number)
{
    struct model_store *store = NULL;
    AUTO(text) struct text path = {0};
    generation_path(fixture->directory, "things", number, &path);
    assert_ok(model_store_create(path.at, model, DB_VOLATILE, &store, &error));
    return store;
}

struct model_store *read_fixture_generation(struct read_fixture *fixture, int64_t number)
{
    return make_generation(fixture, fixture->model, number);
}

struct model_store *read_fixture_generation_of(struct read_fixture *fixture, const char *text,
                                               int64_t number)
{
    AUTO(model) struct model *model = NULL;
    assert_ok(model_read("things.sql", slice_of(text), fixture->catalogue, &model, &error));
    return make_generation(fixture, model, number);
}

void read_fixture_commit_in_log(struct model_store *store, const char *log_id, int64_t position,
                                const char *sql)
{
    struct checkpoint checkpoint = {.position = position};
    snprintf(checkpoint.log_id, sizeof checkpoint.log_id, "%s", log_id);
    assert_ok(model_store_begin(store, &error));
    assert_ok(db_execute(model_store_db(store), sql, &error));
    assert_ok(model_store_commit(store, &checkpoint, &error));
}

void read_fixture_commit(struct model_store *store, int64_t position, const char *sql)
{
    read_fixture_commit_in_log(store, "8e8f8d64-9d9c-4a55-8d6c-1f3d1f0f7a11", position, sql);
}

void read_fixture_serve(struct read_fixture *fixture, int64_t number)
{
    assert_ok(generation_link(fixture->directory, "things", number, &error));
}

void read_fixture_build(struct read_fixture *fixture, const char *sql)
{
    struct model_store *store = read_fixture_generation(fixture, 1);
    read_fixture_commit(store, 1, sql);
    model_store_close(store);
    read_fixture_serve(fixture, 1);
}

size_t read_fixture_parameters(const char *text, struct read_parameter out[16])
{
    size_t count = 0;
    while (*text) {
        size_t length = strcspn(text, "&");
        const char *equals = memchr(text, '=', length);
        assert_true(equals && count < 16);
        size_t name = (size_t)(equals - text);
        out[count++] = (struct read_parameter){{text, name}, {equals + 1, length - name - 1}};
        text += text[length] ? length + 1 : length;
    }
    return count;
}

const char *read_fixture_row(struct read_fixture *fixture, const char *table, const char *key,
                             struct read_answer *answer)
{
    struct slice parts[4];
    size_t count = 0;
    do {
        size_t length = strcspn(key, "/");
        parts[count++] = (struct slice){key, length};
        key += length;
    } while (*key++);
    assert_ok(read_row(fixture->side, table, parts, count, answer, &error));
    return answer->body.at;
}

const char *read_fixture_list(struct read_fixture *fixture, const char *table,
                              const char *parameters, struct read_answer *answer)
{
    struct read_parameter parsed[16];
    size_t count = read_fixture_parameters(parameters, parsed);
    assert_ok(read_list(fixture->side, table, parsed, count, answer, &error));
    return answer->body.at;
}

const char *read_fixture_query(struct read_fixture *fixture, const char *query,
                               const char *parameters, struct read_answer *answer)
{
    struct read_parameter parsed[16];
    size_t count = read_fixture_parameters(parameters, parsed);
    assert_ok(read_query(fixture->side, query, parsed, count, answer, &error));
    return answer->body.at;
}
