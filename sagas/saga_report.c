#include "sagas/saga_report.h"

#include "base/clock.h"
#include "base/program.h"
#include "base/statement.h"
#include "sagas/saga.h"
#include "sagas/saga_statements.h"
#include "sagas/saga_store.h"

/* A reader and the statement it was opened for. */
struct reading {
    struct db *db;
    struct statement *statement;
};

static void reading_finish(struct reading *reading)
{
    statement_close(reading->statement);
    db_close(reading->db);
}
AUTO_FINISH(reading, struct reading, reading_finish)

static enum err prepare(struct reading *reading, enum saga_statement which, struct error *error)
{
    statement_close(reading->statement);
    reading->statement = NULL;
    return statement_prepare(reading->db, saga_statements[which].text, &reading->statement, error);
}

static enum err read_with(struct reading *reading, const char *data_directory,
                          enum saga_statement which, struct error *error)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/" SAGA_STORE_FILE, data_directory);
    enum err err = db_open_reader(path.at, DB_SAGAS, &reading->db, error);
    if (err == ERR_NOT_FOUND) /* the file exists from the first start of `annal saga` */
        return error_set(error, err,
                         "%s does not exist: no saga has run on this data; start `%s saga`, or "
                         "`%s up --sagas`",
                         path.at, program_name(), program_name());
    return err ? err : prepare(reading, which, error);
}

static json_t *time_of(const struct statement *statement, int column)
{
    char text[CLOCK_TEXT_BYTES];
    if (statement_kind(statement, column) == COLUMN_NULL)
        return json_null();
    clock_format(statement_int(statement, column), text);
    return json_string(text);
}

/* The columns from `column` on: saga, id, phase, step, reason, started_us, updated_us, version. */
static json_t *saga_json(const struct statement *statement, int column)
{
    static const char *const names[] = {"saga", "id", "phase", "step", "reason"};
    json_t *json = json_object();
    for (int i = 0; i < 5; i++)
        json_object_set_new(json, names[i], json_string(statement_text(statement, column + i).at));
    json_object_set_new(json, "started_at", time_of(statement, column + 5));
    json_object_set_new(json, "updated_at", time_of(statement, column + 6));
    json_object_set_new(json, "version", json_integer(statement_int(statement, column + 7)));
    return json;
}

enum err saga_report_list(const char *data_directory, const char *phase, bool ended, int64_t most,
                          json_t **ret_list, struct error *error)
{
    AUTO(reading) struct reading reading = {0};
    AUTO(json) json_t *list = json_array();
    bool row = false;
    enum err err = read_with(&reading, data_directory, SAGA_STATEMENT_LIST, error);
    if (err)
        return err;
    statement_bind_text(reading.statement, 1, slice_of(phase));
    statement_bind_int(reading.statement, 2, ended);
    statement_bind_int(reading.statement, 3, most);
    while (!(err = statement_step(reading.statement, &row, error)) && row)
        json_array_append_new(list, saga_json(reading.statement, 0));
    if (!err)
        *ret_list = json_incref(list);
    return err;
}

static enum err add_phases(struct reading *reading, json_t *phases, struct error *error)
{
    bool row = false;
    enum err err = prepare(reading, SAGA_STATEMENT_SAGA_COUNTS, error);
    for (enum saga_phase phase = 0; phase < SAGA_PHASES; phase++)
        json_object_set_new(phases, saga_phase_name(phase), json_integer(0));
    while (!err && !(err = statement_step(reading->statement, &row, error)) && row) {
        const char *phase = statement_text(reading->statement, 1).at;
        int64_t count = json_int_or(phases, phase, 0) + statement_int(reading->statement, 2);
        json_object_set_new(phases, phase, json_integer(count));
    }
    return err;
}

enum err saga_report_status(const char *data_directory, json_t **ret_status, struct error *error)
{
    AUTO(reading) struct reading reading = {0};
    AUTO(json) json_t *status = json_object();
    bool row = false;
    enum err err = read_with(&reading, data_directory, SAGA_STATEMENT_RUNNER_READ, error);
    if (!err)
        err = statement_step(reading.statement, &row, error);
    if (err)
        return err;
    int64_t position = row ? statement_int(reading.statement, 2) : 0;
    json_object_set_new(status, "position", json_integer(position));
    json_object_set_new(status, "phases", json_object());
    err = add_phases(&reading, json_object_get(status, "phases"), error);
    if (!err)
        *ret_status = json_incref(status);
    return err;
}

enum err saga_report_log_id(const char *data_directory, char ret_log_id[ID_UUID_BYTES],
                            struct error *error)
{
    AUTO(reading) struct reading reading = {0};
    bool row = false;
    enum err err = read_with(&reading, data_directory, SAGA_STATEMENT_RUNNER_READ, error);
    if (!err)
        err = statement_step(reading.statement, &row, error);
    if (err)
        return err;
    struct slice log_id = row ? statement_text(reading.statement, 1) : (struct slice){"", 0};
    if (log_id.length >= ID_UUID_BYTES)
        return error_set(error, ERR_CORRUPT, "the id of the log has %zu bytes", log_id.length);
    memcpy(ret_log_id, log_id.at, log_id.length);
    ret_log_id[log_id.length] = '\0';
    return OK;
}

/* Lines of KIND, tab, WHAT. */
static void add_lines(json_t *history, const struct statement *statement)
{
    struct slice rest = statement_text(statement, 1);
    for (const char *end; (end = memchr(rest.at, '\n', rest.length));) {
        size_t length = (size_t)(end - rest.at);
        const char *tab = memchr(rest.at, '\t', length);
        size_t kind = tab ? (size_t)(tab - rest.at) : 0, what = tab ? kind + 1 : 0;
        json_t *entry = json_object();
        json_object_set_new(entry, "at", time_of(statement, 0));
        json_object_set_new(entry, "kind", json_stringn(rest.at, kind));
        json_object_set_new(entry, "what", json_stringn(rest.at + what, length - what));
        json_array_append_new(history, entry);
        rest = (struct slice){end + 1, rest.length - length - 1};
    }
}

static enum err add_history(struct reading *reading, int64_t number, json_t *saga,
                            struct error *error)
{
    json_t *history = json_array();
    bool row = false;
    json_object_set_new(saga, "history", history);
    enum err err = prepare(reading, SAGA_STATEMENT_SHOW_HISTORY, error);
    if (!err)
        statement_bind_int(reading->statement, 1, number);
    while (!err && !(err = statement_step(reading->statement, &row, error)) && row)
        add_lines(history, reading->statement);
    return err;
}

static enum err add_underway(struct reading *reading, int64_t number, json_t *saga,
                             struct error *error)
{
    static const char *const names[] = {"kind", "category", "id", "command"};
    json_t *underway = json_array();
    bool row = false;
    json_object_set_new(saga, "underway", underway);
    enum err err = prepare(reading, SAGA_STATEMENT_SHOW_OUTBOX, error);
    if (!err)
        statement_bind_int(reading->statement, 1, number);
    while (!err && !(err = statement_step(reading->statement, &row, error)) && row) {
        json_t *entry = json_object();
        for (int i = 0; i < 4; i++)
            json_object_set_new(entry, names[i],
                                json_string(statement_text(reading->statement, i).at));
        json_object_set_new(entry, "sent_at", time_of(reading->statement, 4));
        json_array_append_new(underway, entry);
    }
    return err;
}

static enum err read_saga(const struct reading *reading, json_t **ret_saga, int64_t *ret_number,
                          struct error *error)
{
    json_t *facts = NULL;
    enum err err =
        json_read_stored(statement_text(reading->statement, 9), ERR_CORRUPT, &facts, error);
    if (err)
        return error_add_context(error, err, "the facts of the saga");
    *ret_number = statement_int(reading->statement, 0);
    *ret_saga = saga_json(reading->statement, 1);
    json_object_set_new(*ret_saga, "facts", facts);
    json_object_set_new(*ret_saga, "wakes_at", time_of(reading->statement, 10));
    json_object_set_new(*ret_saga, "history_removed",
                        json_boolean(statement_int(reading->statement, 11)));
    return OK;
}

/* The only row, or an error that names all. */
static enum err read_only_saga(struct reading *reading, const char *name, const char *id,
                               json_t **ret_saga, int64_t *ret_number, struct error *error)
{
    AUTO(text) struct text names = {0};
    int count = 0;
    bool row = false;
    enum err err = OK;
    while (!err && !(err = statement_step(reading->statement, &row, error)) && row) {
        text_printf(&names, "%s%s/%s", count ? ", " : "", statement_text(reading->statement, 1).at,
                    id);
        if (count++ == 0)
            err = read_saga(reading, ret_saga, ret_number, error);
    }
    if (!err && count == 0)
        return error_set(error, ERR_NOT_FOUND, "saga %s%s%s not found", name, name[0] ? "/" : "",
                         id);
    if (!err && count > 1)
        return error_set(error, ERR_REFUSED, "saga %s is ambiguous; name one of %s", id, names.at);
    return err;
}

enum err saga_report_show(const char *data_directory, const char *name, const char *id,
                          json_t **ret_saga, struct error *error)
{
    AUTO(reading) struct reading reading = {0};
    AUTO(json) json_t *saga = NULL;
    int64_t number = 0;
    enum err err = read_with(&reading, data_directory, SAGA_STATEMENT_SHOW, error);
    if (err)
        return err;
    statement_bind_text(reading.statement, 1, slice_of(id));
    statement_bind_text(reading.statement, 2, slice_of(name));
    err = read_only_saga(&reading, name, id, &saga, &number, error);
    if (!err)
        err = add_underway(&reading, number, saga, error);
    if (!err)
        err = add_history(&reading, number, saga, error);
    if (!err)
        *ret_saga = json_incref(saga);
    return err;
}
