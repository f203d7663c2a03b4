/* Each transaction, which lasts a few milliseconds, begins with a look at the link: so a generation
 * that was retired, replaced or removed is left at once, and one that the link still names
 * continues to serve even if it is marked retired (its successor's link is about to replace it). */
#include "read_model/query/read_snapshot.h"

#include "base/clock.h"
#include "base/program.h"
#include "read_model/generation_statements.h"
#include "read_model/store/generation.h"
#include "read_model/store/model_store.h"

#include <stdio.h>

#define VALUE_BYTES_MOST   (64 * 1024 * 1024)
#define PATTERN_BYTES_MOST 256

void read_snapshot_init(struct read_snapshot *snapshot, const char *data_directory,
                        const struct model *model)
{
    *snapshot = (struct read_snapshot){.model = model, .data_directory = data_directory};
}

static void close_all(struct row_statement **rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row_statement_close(rows[i]);
    free(rows);
}

static void take_definition(struct read_snapshot *snapshot, const struct model *definition)
{
    snapshot->definition = definition;
    (void)model_tables(definition, &snapshot->row_count);
    (void)model_queries(definition, &snapshot->query_count);
    snapshot->rows = calloc(snapshot->row_count + 1, sizeof(struct row_statement *));
    snapshot->queries = calloc(snapshot->query_count + 1, sizeof(struct row_statement *));
    REQUIRE(snapshot->rows && snapshot->queries);
}

static void drop_definition(struct read_snapshot *snapshot)
{
    close_all(snapshot->rows, snapshot->row_count);
    close_all(snapshot->queries, snapshot->query_count);
    snapshot->rows = snapshot->queries = NULL;
    snapshot->row_count = snapshot->query_count = 0;
    snapshot->definition = NULL;
    model_destroy(snapshot->stored);
    snapshot->stored = NULL;
}

static void close_file(struct read_snapshot *snapshot)
{
    read_snapshot_end(snapshot);
    drop_definition(snapshot);
    row_statement_clear(&snapshot->lists);
    statement_close(snapshot->checkpoint);
    snapshot->checkpoint = NULL;
    db_close(snapshot->db);
    snapshot->db = NULL;
}

void read_snapshot_finish(struct read_snapshot *snapshot)
{
    close_file(snapshot);
    *snapshot = (struct read_snapshot){0};
}

static enum err not_built(const struct read_snapshot *snapshot, struct error *error)
{
    const char *name = model_name(snapshot->model);
    return error_set(error, ERR_NOT_READY, "%s has not been built yet; start `%s projector %s`",
                     name, program_name(), name);
}

static enum err read_definition(struct read_snapshot *snapshot, struct error *error)
{
    AUTO(text) struct text hash = {0};
    enum err err = model_store_read_hash(snapshot->db, &hash, error);
    if (!err && !slice_is(text_slice(&hash), model_definition_hash(snapshot->model)))
        err = model_store_read_model(snapshot->db, &snapshot->stored, error);
    if (!err)
        take_definition(snapshot, snapshot->stored ? snapshot->stored : snapshot->model);
    return err;
}

static enum err open_file(struct read_snapshot *snapshot, const char *path, struct error *error)
{
    close_file(snapshot);
    enum err err = db_open_reader(path, DB_READ_MODEL, &snapshot->db, error);
    if (!err)
        db_limit_values(snapshot->db, VALUE_BYTES_MOST, PATTERN_BYTES_MOST);
    if (!err)
        err = db_execute(snapshot->db,
                         generation_statements[GENERATION_STATEMENT_SNAPSHOT_OPEN].text, error);
    if (!err)
        err = statement_prepare(snapshot->db,
                                generation_statements[GENERATION_STATEMENT_CHECKPOINT].text,
                                &snapshot->checkpoint, error);
    if (!err)
        err = read_definition(snapshot, error);
    return err == ERR_POISON ? not_built(snapshot, error) : err;
}

/* The link names a missing file, which a cutover never does. */
static enum err generation_is_gone(const struct read_snapshot *snapshot, const char *path,
                                   struct error *error)
{
    return error_set(error, ERR_IO, "%s was removed or moved; put it back, or run `%s rebuild %s`",
                     path, program_name(), model_name(snapshot->model));
}

/* A generation is identified by its number, which only grows, and by the identity of its file, in
 * case the numbering was started again. */
static enum err follow_link(struct read_snapshot *snapshot, struct error *error)
{
    AUTO(text) struct text path = {0};
    int64_t number;
    const char *model = model_name(snapshot->model);
    enum err err = generation_current(snapshot->data_directory, model, &number, error);
    if (err)
        return err;
    if (number == 0)
        return not_built(snapshot, error);
    bool same = snapshot->db && number == snapshot->generation;
    err = same ? db_check_path(snapshot->db, error) : ERR_REPLACED;
    if (err != ERR_REPLACED)
        return err;
    generation_path(snapshot->data_directory, model, number, &path);
    err = open_file(snapshot, path.at, error);
    if (err == ERR_NOT_FOUND)
        return generation_is_gone(snapshot, path.at, error);
    snapshot->generation = number;
    return err;
}

static enum err begin(struct read_snapshot *snapshot, struct error *error)
{
    bool row = false;
    enum err err = db_begin_reading(snapshot->db, error);
    if (err)
        return err;
    snapshot->open = true;
    err = statement_step(snapshot->checkpoint, &row, error);
    if (!err && !row)
        err = not_built(snapshot, error);
    if (!err) {
        struct slice log_id = statement_text(snapshot->checkpoint, 0);
        snprintf(snapshot->log_id, sizeof snapshot->log_id, "%.*s", SLICE(log_id));
        snapshot->position = statement_int(snapshot->checkpoint, 1);
        snapshot->began_ms = clock_monotonic_ms();
    }
    statement_reset(snapshot->checkpoint);
    return err;
}

static enum err try_renew(struct read_snapshot *snapshot, struct error *error)
{
    enum err err = follow_link(snapshot, error);
    if (!err)
        err = begin(snapshot, error);
    if (err)
        close_file(snapshot); /* the next attempt opens a new connection, whatever the cause */
    return err;
}

/* Any failure may be caused by the removal of the file after a cutover, so it is tried twice. */
enum err read_snapshot_renew(struct read_snapshot *snapshot, struct error *error)
{
    read_snapshot_end(snapshot);
    enum err err = try_renew(snapshot, NULL);
    if (err)
        err = try_renew(snapshot, error);
    return err ? error_add_context(error, err, "read model %s", model_name(snapshot->model)) : OK;
}

void read_snapshot_end(struct read_snapshot *snapshot)
{
    if (snapshot->open)
        db_rollback(snapshot->db);
    snapshot->open = false;
}

enum err read_snapshot_prepare(struct read_snapshot *snapshot, const char *sql, size_t shown,
                               struct row_statement **ret_row, struct error *error)
{
    struct error why = {0};
    enum err err = row_statement_prepare(snapshot->db, sql, shown, ret_row, &why);
    if (!err)
        return OK;
    if (err != ERR_POISON)
        return error_set(error, err, "%s", why.text);
    return error_set(
        error, ERR_CORRUPT,
        "the tables of read model %s do not match the definition stored with them (%s); "
        "run `%s rebuild %s`",
        model_name(snapshot->model), why.text, program_name(), model_name(snapshot->model));
}
