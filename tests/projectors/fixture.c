#include "tests/projectors/fixture.h"
#include "tests/domain/lending.h"
#include "tests/support/own_log.h"

#include "base/db.h"
#include "read_model/definition/model.h"
#include "read_model/store/generation.h"

#include <stdio.h>
#include <unistd.h>

static const char changed_definition[] =
    "-- schema\n"
    "CREATE TABLE loans (\n"
    "  loan_id TEXT PRIMARY KEY,\n"
    "  member TEXT NOT NULL,\n"
    "  copies INTEGER NOT NULL DEFAULT 0,\n"
    "  doubled INTEGER NOT NULL DEFAULT 0\n"
    ") STRICT, WITHOUT ROWID;\n"
    "\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO loans (loan_id, member) VALUES (:id, :data ->> 'memberId');\n"
    "\n"
    "-- on loan.book.added.v1\n"
    "UPDATE loans SET copies = copies + (:data ->> 'copies'),\n"
    "  doubled = doubled + 2 * (:data ->> 'copies') WHERE loan_id = :id;\n";

static struct model *read_definition(struct fixture *f, struct slice text)
{
    struct model *model = NULL;
    assert_ok(model_read("loans.sql", text, f->catalogue, &model, &error));
    return model;
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    REQUIRE(f);
    f->directory = test_directory_make();
    assert_ok(catalogue_open(&lending.schemas, NULL, &f->catalogue, &error));
    assert_ok(own_log_open(f->directory, EVENT_STORE_WRITE, &f->log, &error));
    f->model = read_definition(f, embedded_text(lending.read_models, "loans.sql"));
    f->changed = read_definition(f, slice_of(changed_definition));
    assert_ok(bus_url_read("log:", &f->bus, &error));
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < f->projector_count; i++)
        projector_destroy(f->projectors[i]);
    event_store_close(f->log);
    model_destroy(f->model);
    model_destroy(f->changed);
    catalogue_close(f->catalogue);
    test_directory_remove(f->directory);
    free(f);
    return 0;
}

static void append(struct fixture *f, int number, const char *type, const char *data)
{
    static int64_t made;
    char stream[64], id[64];
    snprintf(stream, sizeof stream, "loan/L-%d", number);
    snprintf(id, sizeof id, "event-%lld", (long long)++made);
    struct event event = {
        .type = slice_of(type), .id = slice_of(id), .data = slice_of(data), .meta = slice_of("{}")};
    own_log_add(f->log, &f->set, stream, 1763890000000000 + made, &event);
}

static void begin(struct fixture *f)
{
    own_log_begin(f->log, &f->set);
}

static void commit(struct fixture *f)
{
    own_log_store(f->log, &f->set);
}

static void append_loan(struct fixture *f, int number, const char *member)
{
    char data[128];
    if (member)
        snprintf(data, sizeof data, "{\"memberId\":\"%s\",\"branch\":\"CPH\"}", member);
    append(f, number, "loan.opened.v1", member ? data : "{\"branch\":\"CPH\"}");
}

static void append_book(struct fixture *f, int number, int copies)
{
    char data[128];
    snprintf(data, sizeof data, "{\"line\":1,\"bookId\":\"B-1\",\"copies\":%d}", copies);
    append(f, number, "loan.book.added.v1", data);
}

void fixture_open_loan(struct fixture *f, int number, const char *member)
{
    begin(f);
    append_loan(f, number, member);
    commit(f);
}

void fixture_add_book(struct fixture *f, int number, int copies)
{
    begin(f);
    append_book(f, number, copies);
    commit(f);
}

void fixture_add_loans(struct fixture *f, int from, int count)
{
    char member[16];
    begin(f);
    for (int number = from; number < from + count; number++) {
        snprintf(member, sizeof member, "C%d", number % 10);
        append_loan(f, number, member);
        append_book(f, number, number);
    }
    commit(f);
}

int64_t fixture_head(struct fixture *f)
{
    struct checkpoint head;
    assert_ok(event_store_head(f->log, &head, NULL, &error));
    return head.position;
}

static void log_path(struct fixture *f, const char *ending, struct text *out)
{
    text_clear(out);
    text_printf(out, "%s/events.db%s", f->directory, ending);
}

/* Closing it as the last connection leaves one file, without -wal and -shm. */
static void close_log(struct fixture *f)
{
    event_store_close(f->log);
    f->log = NULL;
}

static void open_log(struct fixture *f)
{
    assert_ok(own_log_open(f->directory, EVENT_STORE_WRITE, &f->log, &error));
}

void fixture_replace_log(struct fixture *f)
{
    AUTO(text) struct text path = {0};
    close_log(f);
    log_path(f, "", &path);
    assert_int_equal(unlink(path.at), 0);
    open_log(f);
}

void fixture_back_up_log(struct fixture *f)
{
    AUTO(text) struct text path = {0}, copy = {0};
    close_log(f);
    log_path(f, "", &path);
    text_printf(&copy, "%s/backup.db", f->directory);
    test_file_copy(path.at, copy.at);
    open_log(f);
}

void fixture_restore_log(struct fixture *f)
{
    AUTO(text) struct text path = {0}, copy = {0};
    close_log(f);
    log_path(f, "", &path);
    text_printf(&copy, "%s/backup.db", f->directory);
    assert_int_equal(rename(copy.at, path.at), 0);
    open_log(f);
}

struct projector *fixture_start(struct fixture *f, const struct model *model, bool force)
{
    struct projector *projector = NULL;
    struct projector_options options = {
        .data_directory = f->directory,
        .log_url = own_log_url(f->directory),
        .bus = &f->bus,
        .model = model,
        .force = force,
    };
    assert_true(f->projector_count < FIXTURE_PROJECTORS_MOST);
    assert_ok(projector_start(&options, &projector, &error));
    f->projectors[f->projector_count++] = projector;
    return projector;
}

struct projector_status fixture_status(const struct projector *projector)
{
    struct projector_status status;
    projector_status(projector, &status);
    return status;
}

bool fixture_is_at(const struct projector *projector, int64_t position)
{
    struct projector_status status = fixture_status(projector);
    return status.phase == PROJECTOR_WORKING && status.position == position;
}

void fixture_bring_up(struct fixture *f)
{
    struct projector *projector = fixture_start(f, f->model, false);
    wait_until(20, fixture_is_at(projector, fixture_head(f)));
    projector_stop(projector);
    assert_ok(projector_join(projector, &error));
}

struct build_options fixture_rebuild(struct fixture *f)
{
    return (struct build_options){.data_directory = f->directory,
                                  .log_url = own_log_url(f->directory)};
}

enum err build_one(const struct build_options *options, const struct model *model,
                   int64_t *ret_number, struct error *error)
{
    return generation_build(options, &model, 1, ret_number, error);
}

enum err rebuild_one(const struct build_options *options, const struct model *model,
                     int64_t *ret_position, struct error *error)
{
    return action_rebuild(options, &model, 1, ret_position, error);
}

int64_t fixture_read_generation(struct fixture *f, int64_t number, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    struct error error = {0};
    int64_t value = -1;
    generation_path(f->directory, "loans", number, &path);
    if (db_open_reader(path.at, DB_READ_MODEL, &db, &error) != OK ||
        db_read_int(db, sql, &value, &error) != OK)
        return -1;
    return value;
}

int64_t fixture_read(struct fixture *f, const char *sql)
{
    return fixture_read_generation(f, 0, sql);
}

void fixture_edit(struct fixture *f, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    generation_path(f->directory, "loans", 0, &path);
    assert_ok(db_open_writer(path.at, DB_READ_MODEL, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db, sql, &error));
}

static struct generations list(struct fixture *f)
{
    struct generations files;
    assert_ok(generation_list(f->directory, "loans", &files, &error));
    return files;
}

int64_t fixture_current(struct fixture *f)
{
    return list(f).current;
}

int64_t fixture_newest(struct fixture *f)
{
    return list(f).newest;
}

bool fixture_exists(struct fixture *f, int64_t number)
{
    AUTO(text) struct text path = {0};
    generation_path(f->directory, "loans", number, &path);
    return access(path.at, F_OK) == 0;
}

bool fixture_has_ended(enum err err)
{
    return err != ERR_BUSY && err != ERR_NOT_READY;
}
