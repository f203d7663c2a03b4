/* A statement that fails undoes itself (SQLite's own statement journal), so only an event with more
 * than one statement needs a savepoint. */
#include "read_model/store/model_apply.h"

#include "base/clock.h"
#include "base/statement.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/model_private.h"

struct prepared {
    struct statement *statement;
    int line;
    int index[MODEL_PARAMETER_COUNT]; /* of each parameter; 0: not used */
};

/* What the events of one type run, from all sections that name the type, in the file's order. */
struct type_handlers {
    struct slice type;
    struct prepared **statements;
    size_t count;
    bool upcast; /* the statements are those of a later version */
};

struct model_apply {
    const struct model *model;
    struct db *db;
    struct arena arena;
    struct prepared *prepared;
    size_t prepared_count;
    struct type_handlers *types;
    size_t type_count;
    struct text upcast_data; /* of the current event, if it was upcast */
    struct statement *savepoint, *release, *undo;
};

static const char *const parameter_names[] = {
#define PARAMETER(code, name) ":" name,
#include "read_model/definition/model_parameter.def"
#undef PARAMETER
};

static enum err prepare_one(struct model_apply *apply, const struct model_statement *sql,
                            struct guard *guard, struct error *error)
{
    struct prepared *prepared = &apply->prepared[apply->prepared_count];
    *prepared = (struct prepared){.line = sql->line};
    enum err err = guard_prepare(guard, apply->db, apply->model, sql, &prepared->statement, error);
    if (err)
        return err;
    apply->prepared_count++;
    for (size_t p = 0; p < MODEL_PARAMETER_COUNT; p++)
        prepared->index[p] = statement_parameter(prepared->statement, parameter_names[p]);
    return OK;
}

static struct type_handlers *find_type(const struct model_apply *apply, struct slice type)
{
    for (size_t i = 0; i < apply->type_count; i++)
        if (slice_equal(apply->types[i].type, type))
            return &apply->types[i];
    return NULL;
}

static void add_to_type(struct model_apply *apply, const char *type, struct prepared *prepared,
                        size_t most)
{
    struct type_handlers *handlers = find_type(apply, slice_of(type));
    if (!handlers) {
        handlers = &apply->types[apply->type_count++];
        *handlers = (struct type_handlers){
            .type = slice_of(type),
            .statements = arena_allocate(&apply->arena, most * sizeof *handlers->statements),
        };
    }
    handlers->statements[handlers->count++] = prepared;
}

static enum err prepare_all(struct model_apply *apply, size_t most, struct guard *guard,
                            struct error *error)
{
    const struct model *model = apply->model;
    for (size_t h = 0; h < model->handler_count; h++) {
        const struct model_handler *handler = &model->handlers[h];
        for (size_t s = 0; s < handler->statement_count; s++) {
            struct prepared *prepared = &apply->prepared[apply->prepared_count];
            enum err err = prepare_one(apply, &handler->statements[s], guard, error);
            if (err)
                return err;
            for (size_t t = 0; t < handler->type_count; t++)
                add_to_type(apply, handler->types[t], prepared, most);
        }
    }
    return OK;
}

/* Events of old versions run the handlers of the newest version. */
static void add_upcast_types(struct model_apply *apply)
{
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(apply->model->upcasters, &count);
    for (size_t i = 0; i < count; i++) {
        struct slice type = slice_of(entries[i].type);
        const struct type_handlers *newest =
            find_type(apply, upcasters_newest(apply->model->upcasters, type));
        if (!newest)
            continue;
        struct type_handlers *handlers = &apply->types[apply->type_count++];
        *handlers = *newest;
        handlers->type = type;
        handlers->upcast = true;
    }
}

static enum err prepare_savepoints(struct model_apply *apply, struct error *error)
{
    enum err err = statement_prepare(apply->db, "SAVEPOINT event", &apply->savepoint, error);
    if (!err)
        err = statement_prepare(apply->db, "RELEASE event", &apply->release, error);
    if (!err)
        err = statement_prepare(apply->db, "ROLLBACK TO event", &apply->undo, error);
    return err;
}

enum err model_apply_create(const struct model *model, struct db *db,
                            struct model_apply **ret_apply, struct error *error)
{
    size_t statements = 0, types = 0, upcast_types;
    for (size_t h = 0; h < model->handler_count; h++) {
        statements += model->handlers[h].statement_count;
        types += model->handlers[h].type_count;
    }
    upcasters_entries(model->upcasters, &upcast_types);
    AUTO(model_apply) struct model_apply *apply = calloc(1, sizeof *apply);
    REQUIRE(apply);
    apply->model = model;
    apply->db = db;
    apply->prepared = arena_allocate(&apply->arena, statements * sizeof *apply->prepared);
    apply->types = arena_allocate(&apply->arena, (types + upcast_types) * sizeof *apply->types);
    struct guard guard = {
        .mode = GUARD_HANDLER, .tables = model->tables, .table_count = model->table_count};
    enum err err = guard_begin(&guard, db, error);
    if (!err)
        err = prepare_all(apply, types * statements, &guard, error);
    guard_end(db);
    if (!err)
        err = prepare_savepoints(apply, error);
    if (err)
        return err;
    add_upcast_types(apply);
    guard_limit(db);
    *ret_apply = apply;
    apply = NULL;
    return OK;
}

void model_apply_destroy(struct model_apply *apply)
{
    if (!apply)
        return;
    for (size_t i = 0; i < apply->prepared_count; i++)
        statement_close(apply->prepared[i].statement);
    statement_close(apply->savepoint);
    statement_close(apply->release);
    statement_close(apply->undo);
    text_finish(&apply->upcast_data);
    arena_finish(&apply->arena);
    free(apply);
}

static void bind_text_or_null(struct statement *statement, int index, struct slice text)
{
    if (text.length > 0)
        statement_bind_text(statement, index, text);
    else
        statement_bind_null(statement, index);
}

/* `time` holds CLOCK_TEXT_BYTES and must live as long as the binding. */
static void bind_one(struct statement *statement, int index, enum model_parameter parameter,
                     const struct event *event, char time[CLOCK_TEXT_BYTES])
{
    switch (parameter) {
    case MODEL_PARAMETER_DATA:
        statement_bind_text(statement, index, event->data);
        break;
    case MODEL_PARAMETER_ID:
        statement_bind_text(statement, index, event_stream_id(event));
        break;
    case MODEL_PARAMETER_CATEGORY:
        statement_bind_text(statement, index, event_category(event));
        break;
    case MODEL_PARAMETER_STREAM:
        statement_bind_text(statement, index, event->stream);
        break;
    case MODEL_PARAMETER_VERSION:
        statement_bind_int(statement, index, event->version);
        break;
    case MODEL_PARAMETER_POSITION:
        statement_bind_int(statement, index, event->position);
        break;
    case MODEL_PARAMETER_EVENT_ID:
        statement_bind_text(statement, index, event->id);
        break;
    case MODEL_PARAMETER_TYPE:
        statement_bind_text(statement, index, event->type);
        break;
    case MODEL_PARAMETER_TIME:
        clock_format(event->time_us, time);
        statement_bind_text(statement, index, (struct slice){time, CLOCK_TEXT_BYTES - 1});
        break;
    case MODEL_PARAMETER_CORRELATION_ID:
        bind_text_or_null(statement, index, event_attribute(event, "correlationid"));
        break;
    case MODEL_PARAMETER_CAUSATION_ID:
        bind_text_or_null(statement, index, event_attribute(event, "causationid"));
        break;
    case MODEL_PARAMETER_COUNT:
        break;
    }
}

/* ERR_POISON and ERR_STEP_LIMIT mean that this handler cannot apply this event. */
static enum err run_one(const struct model_apply *apply, const struct prepared *prepared,
                        const struct event *event, struct error *error)
{
    char time[CLOCK_TEXT_BYTES];
    for (size_t p = 0; p < MODEL_PARAMETER_COUNT; p++)
        if (prepared->index[p])
            bind_one(prepared->statement, prepared->index[p], (enum model_parameter)p, event, time);
    enum err err = statement_run(prepared->statement, error);
    if (!err)
        return OK;
    if (err == ERR_INTERRUPTED && guard_limit_reached())
        err = error_set(error, ERR_STEP_LIMIT, "the event's statements took too many steps");
    if (err == ERR_NO_MEMORY)
        err = error_set(error, err, "the event's statements ran out of memory");
    return error_add_context(error, err, "%s:%d: event %lld, %.*s of %.*s", apply->model->file,
                             prepared->line, (long long)event->position, SLICE(event->type),
                             SLICE(event->stream));
}

static enum err run_all(struct model_apply *apply, const struct type_handlers *handlers,
                        const struct event *event, struct error *error)
{
    enum err err = statement_run(apply->savepoint, error);
    if (err)
        return err;
    for (size_t i = 0; i < handlers->count && !err; i++)
        err = run_one(apply, handlers->statements[i], event, error);
    if (err && err != ERR_POISON)
        return err; /* the transaction will be rolled back, and the savepoint with it */
    struct error ending = {0};
    enum err worse = err ? statement_run(apply->undo, &ending) : OK;
    if (!worse)
        worse = statement_run(apply->release, &ending);
    return worse ? error_set(error, worse, "%s", ending.text) : err;
}

static enum err run(struct model_apply *apply, const struct type_handlers *handlers,
                    const struct event *event, struct error *error)
{
    guard_enter_event(event->time_us);
    enum err err = handlers->count == 1 ? run_one(apply, handlers->statements[0], event, error)
                                        : run_all(apply, handlers, event, error);
    guard_leave_event();
    return err;
}

enum err model_apply_event(struct model_apply *apply, const struct event *event,
                           struct error *error)
{
    const struct type_handlers *handlers = find_type(apply, event->type);
    if (!handlers)
        return OK;
    if (!handlers->upcast)
        return run(apply, handlers, event, error);
    struct event newest;
    enum err err =
        upcasters_read_event(apply->model->upcasters, event, &apply->upcast_data, &newest, error);
    return err ? err : run(apply, handlers, &newest, error);
}
