/* Follows the operators and paths behind :data. Expressions that it cannot follow are accepted: a
 * field name that is computed at run time is not an error of the text. */
#include "read_model/definition/event_fields.h"

#include "base/text.h"
#include "read_model/definition/field_schema.h"
#include "read_model/definition/sql_scan.h"

#include <stdio.h>

#define POINTER_BYTES 512

/* A location in the data: its schema and its pointer, as far as they are known. */
struct place {
    struct field_schema schema;
    char pointer[POINTER_BYTES]; /* a star for each element; cut if it is too long */
};

struct field_walk {
    const struct model *model;
    const struct catalogue_entry *entry;
    event_field_fn *found; /* may be NULL */
    void *context;
    struct place rows; /* elements of the statement's json_each */
    int row_sources;   /* how many json_each and json_tree it has */
    struct error *error;
};

static enum err no_such_field(const struct field_walk *walk, int line, const char *object,
                              struct slice name, const struct field_names *names)
{
    const char *nearest = slice_nearest(name, names->name, names->count);
    if (!nearest)
        return model_fault(walk->model, line, walk->error,
                           "the data of %s has no field \"%s/%.*s\"", walk->entry->name, object,
                           SLICE(name));
    return model_fault(walk->model, line, walk->error,
                       "the data of %s has no field \"%s/%.*s\"; did you mean \"%s/%s\"?",
                       walk->entry->name, object, SLICE(name), object, nearest);
}

static void extend_pointer(struct place *place, struct slice segment)
{
    size_t length = strlen(place->pointer);
    snprintf(place->pointer + length, POINTER_BYTES - length, "/%.*s", SLICE(segment));
}

static enum err step_member(const struct field_walk *walk, int line, struct slice name,
                            struct place *place)
{
    struct field_names names = {.count = 0};
    if (!field_schema_member(place->schema, name, &place->schema, &names))
        return no_such_field(walk, line, place->pointer, name, &names);
    extend_pointer(place, name);
    return OK;
}

static void step_element(struct place *place)
{
    place->schema = field_schema_element(place->schema);
    extend_pointer(place, slice_of("*"));
}

/* Reports that the statement reads the data at or below the place. */
static void found(const struct field_walk *walk, int line, const struct place *place)
{
    struct event_field field = {walk->entry->name, place->pointer, line};
    if (walk->found)
        walk->found(walk->context, &field);
}

/* Removes the first step of a path, ".name", ".\"name\"" or "[3]", and returns it. */
static struct slice take_step(struct slice *path, bool *ret_member)
{
    *ret_member = path->at[0] == '.';
    bool quoted = path->length > 1 && path->at[1] == '"';
    const char *end = path->at + path->length, *start = path->at + (quoted ? 2 : 1), *at = start;
    if (!*ret_member)
        at = memchr(path->at, ']', path->length);
    else if (quoted)
        at = memchr(start, '"', (size_t)(end - start));
    else
        while (at < end && *at != '.' && *at != '[')
            at++;
    if (!at)
        at = end;
    struct slice step = {start, (size_t)(at - start)};
    at += at < end && (quoted || !*ret_member);
    *path = (struct slice){at, (size_t)(end - at)};
    return step;
}

/* Follows "$.a.b[0]". */
static enum err step_path(const struct field_walk *walk, int line, struct slice path,
                          struct place *place)
{
    enum err err = OK;
    path.at++, path.length--;
    while (path.length > 0 && !err) {
        if (path.at[0] != '.' && path.at[0] != '[')
            return model_fault(walk->model, line, walk->error,
                               "a path is written '$.field' or '$.list[0]'; it is not valid at "
                               "\"%.*s\"",
                               SLICE(path));
        bool member = false;
        struct slice step = take_step(&path, &member);
        if (member)
            err = step_member(walk, line, step, place);
        else
            step_element(place);
    }
    return err;
}

/* Follows the right side of -> and ->>: a path, the name of a member, or a number. */
static enum err step_operand(const struct field_walk *walk, const struct sql_token *operand,
                             struct place *place)
{
    struct slice content = sql_scan_content(operand);
    if (operand->kind == SQL_TOKEN_NUMBER)
        step_element(place);
    else if (operand->kind != SQL_TOKEN_STRING || content.length == 0)
        place->schema = field_schema_open();
    else if (content.at[0] == '$')
        return step_path(walk, operand->line, content, place);
    else if (content.at[0] == '[' || (content.at[0] >= '0' && content.at[0] <= '9'))
        step_element(place);
    else
        return step_member(walk, operand->line, content, place);
    return OK;
}

/* Follows `-> 'a' ->> 'b'` from the scan's position and moves the scan behind the chain. */
static enum err follow_chain(const struct field_walk *walk, struct sql_scan *scan,
                             struct place *place)
{
    enum err err = OK;
    while (!err) {
        struct sql_scan ahead = *scan;
        struct sql_token operator= sql_scan_next(&ahead);
        if (!sql_scan_is(&operator, "->") && !sql_scan_is(&operator, "->>"))
            break;
        struct sql_token operand = sql_scan_next(&ahead);
        err = step_operand(walk, &operand, place);
        *scan = ahead;
    }
    return err;
}

/* Follows the paths behind the first argument of a JSON function, each from `base`; `*ret_last` is
 * where the last of them leads. */
static enum err follow_arguments(const struct field_walk *walk, struct sql_scan scan,
                                 struct place base, struct place *ret_last)
{
    *ret_last = base;
    for (;;) {
        struct sql_token comma = sql_scan_next(&scan), path = sql_scan_next(&scan);
        if (!sql_scan_is(&comma, ","))
            return OK;
        struct slice content = sql_scan_content(&path);
        ret_last->schema = field_schema_open();
        if (path.kind != SQL_TOKEN_STRING)
            continue;
        if (content.length == 0 || content.at[0] != '$')
            return model_fault(walk->model, path.line, walk->error,
                               "a path begins with $: '$.%.*s'", SLICE(content));
        *ret_last = base;
        enum err err = step_path(walk, path.line, content, ret_last);
        if (err)
            return err;
        found(walk, path.line, ret_last);
    }
}

static bool takes_paths(const struct sql_token *function)
{
    static const char *const names[] = {"json_extract", "json_array_length", "json_type",
                                        "json_each", "json_tree"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sql_scan_is(function, names[i]))
            return true;
    return false;
}

/* Starts behind :data. `called` is the function that has :data as its first argument, or NULL. */
static enum err follow_data(struct field_walk *walk, struct sql_scan scan, int line,
                            const struct sql_token *called)
{
    struct place place = {{walk->entry->json, walk->entry->json}, ""}, last;
    enum err err = follow_chain(walk, &scan, &place);
    bool paths = called && takes_paths(called);
    if (!err && (!paths || place.pointer[0]))
        found(walk, line, &place);
    if (err || !paths)
        return err;
    err = follow_arguments(walk, scan, place, &last);
    if (sql_scan_is(called, "json_each")) {
        walk->rows = last;
        step_element(&walk->rows);
    }
    return err;
}

static enum err check_data(struct field_walk *walk, const struct model_statement *statement)
{
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token token = {0}, before = {0}, called = {0};
    enum err err = OK;
    do {
        called = before, before = token, token = sql_scan_next(&scan);
        if (sql_scan_is(&token, "json_each") || sql_scan_is(&token, "json_tree"))
            walk->row_sources++;
        if (token.kind == SQL_TOKEN_PARAMETER && slice_is(token.text, ":data"))
            err = follow_data(walk, scan, token.line, sql_scan_is(&before, "(") ? &called : NULL);
    } while (token.kind != SQL_TOKEN_END && !err);
    return err;
}

static enum err check_rows(struct field_walk *walk, const struct model_statement *statement)
{
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token token;
    enum err err = OK;
    do {
        token = sql_scan_next(&scan);
        struct sql_scan behind = scan;
        struct place place = walk->rows;
        if (!sql_scan_is(&token, "value"))
            continue;
        err = follow_chain(walk, &behind, &place);
        if (!err)
            found(walk, token.line, &place);
    } while (token.kind != SQL_TOKEN_END && !err);
    return err;
}

static bool has_column_value(const struct model *model)
{
    for (size_t t = 0; t < model->table_count; t++)
        for (size_t c = 0; c < model->tables[t].column_count; c++)
            if (strcmp(model->tables[t].columns[c].name, "value") == 0)
                return true;
    return false;
}

enum err event_fields_check(const struct model *model, const struct model_statement *statement,
                            const struct catalogue_entry *entry, event_field_fn *found_field,
                            void *context, struct error *error)
{
    struct field_walk walk = {
        .model = model, .entry = entry, .found = found_field, .context = context, .error = error};
    enum err err = check_data(&walk, statement);
    if (err || walk.row_sources != 1 || has_column_value(model))
        return err;
    return check_rows(&walk, statement);
}

static enum err each_of_handler(const struct model *model, const struct model_handler *handler,
                                const struct catalogue_entry *entry, event_field_fn *found_field,
                                void *context, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < handler->statement_count && !err; i++)
        err =
            event_fields_check(model, &handler->statements[i], entry, found_field, context, error);
    return err;
}

struct counting {
    event_field_fn *found;
    void *context;
    size_t count;
};

static void count_field(void *context, const struct event_field *field)
{
    struct counting *counting = context;
    counting->count++;
    counting->found(counting->context, field);
}

enum err event_fields_each(const struct model *model, const struct catalogue *catalogue,
                           event_field_fn *found_field, void *context, struct error *error)
{
    struct counting counting = {found_field, context, 0};
    enum err err = OK;
    for (size_t h = 0; h < model->handler_count; h++) {
        const struct model_handler *handler = &model->handlers[h];
        for (size_t t = 0; t < handler->type_count && !err; t++) {
            const struct catalogue_entry *entry =
                catalogue_event(catalogue, slice_of(handler->types[t]));
            size_t before = counting.count;
            if (entry)
                err = each_of_handler(model, handler, entry, count_field, &counting, error);
            if (entry && !err && counting.count == before)
                found_field(context, &(struct event_field){entry->name, NULL, handler->line});
        }
    }
    return err;
}
