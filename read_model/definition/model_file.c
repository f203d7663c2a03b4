/* The file format: lines that are a section's head and nothing else decide; all else is SQL and its
 * comments. A line that was clearly meant to be a head and is not one is refused, because read as a
 * comment it would silently pour its statements into the section before. */
#include "read_model/definition/model_file.h"

#include "read_model/definition/query_parameter.h"
#include "read_model/definition/section_head.h"
#include "read_model/definition/sql_scan.h"

struct section {
    enum section_kind kind;
    struct slice rest; /* of the head's line */
    struct slice body;
    int line; /* of its head */
};

static size_t count_byte(struct slice text, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.at[i] == byte;
    return count;
}

static enum err read_statements(struct model *model, const struct section *section,
                                struct model_statement **ret_statements, size_t *ret_count,
                                struct error *error)
{
    struct sql_scan scan = sql_scan_begin(section->body, section->line);
    struct model_statement *statements =
        arena_allocate(&model->arena, (count_byte(section->body, ';') + 1) * sizeof *statements);
    size_t count = 0;
    struct slice sql;
    for (int line; sql_scan_statement(&scan, &sql, &line); count++)
        statements[count] = (struct model_statement){arena_copy(&model->arena, sql).at, line};
    if (count == 0)
        return model_fault(model, section->line, error, "this section is empty");
    *ret_statements = statements;
    *ret_count = count;
    return OK;
}

static enum err read_schema(struct model *model, const struct section *section, struct error *error)
{
    if (section->rest.length > 0)
        return model_fault(model, section->line, error,
                           "nothing may follow `-- schema`, but there is \"%.*s\"",
                           SLICE(section->rest));
    if (model->schema_line)
        return model_fault(model, section->line, error,
                           "there is a second `-- schema`; the first is in line %d",
                           model->schema_line);
    if (model->handler_count + model->query_count > 0)
        return model_fault(model, section->line, error,
                           "`-- schema` comes too late; it must be the first section");
    model->schema_line = section->line;
    return read_statements(model, section, &model->schema, &model->schema_count, error);
}

static bool has_type(const struct model_handler *handler, struct slice type)
{
    for (size_t i = 0; i < handler->type_count; i++)
        if (slice_is(type, handler->types[i]))
            return true;
    return false;
}

static enum err read_types(struct model *model, const struct section *section,
                           struct model_handler *handler, struct error *error)
{
    struct slice rest = section->rest;
    size_t most = count_byte(rest, ',') + 1;
    handler->types = arena_allocate(&model->arena, most * sizeof *handler->types);
    for (size_t i = 0; i < most; i++) {
        struct slice word = section_head_word(&rest);
        bool last = i + 1 == most;
        if (word.length == 0 || (last ? rest.length > 0 : rest.at[0] != ','))
            return model_fault(model, section->line, error,
                               "`-- on` takes event types with commas between them: "
                               "`-- on account.opened.v1, account.closed.v1`; a comment must not "
                               "begin with \"on\"");
        if (has_type(handler, word))
            return model_fault(model, section->line, error, "%.*s is there twice", SLICE(word));
        handler->types[handler->type_count++] = arena_copy(&model->arena, word).at;
        if (!last)
            rest = section_head_trim((struct slice){rest.at + 1, rest.length - 1});
    }
    return OK;
}

static enum err read_handler(struct model *model, const struct section *section,
                             struct error *error)
{
    struct model_handler *handler = &model->handlers[model->handler_count++];
    *handler = (struct model_handler){.line = section->line};
    enum err err = read_types(model, section, handler, error);
    if (err)
        return err;
    return read_statements(model, section, &handler->statements, &handler->statement_count, error);
}

static enum err read_query(struct model *model, const struct section *section, struct error *error)
{
    struct slice rest = section->rest, name = section_head_name(section_head_word(&rest));
    struct slice list = {name.at + name.length, section->rest.length - name.length};
    list = section_head_trim(list);
    if ((list.length > 0 && list.at[0] != '(') || !model_name_is_valid(name))
        return model_fault(model, section->line, error,
                           "`-- query` takes one name of small letters, digits and _, beginning "
                           "with a letter, not \"%.*s\"",
                           SLICE(section->rest));
    struct model_query *query = &model->queries[model->query_count];
    *query = (struct model_query){.name = arena_copy(&model->arena, name).at,
                                  .head_line = section->line,
                                  .is_declared = list.length > 0};
    struct model_statement *statements = NULL;
    size_t count = 0;
    enum err err = OK;
    if (list.length)
        err = query_parameter_read_all(model, list, query, error);
    if (!err)
        err = read_statements(model, section, &statements, &count, error);
    if (err)
        return err;
    if (count > 1)
        return model_fault(model, statements[1].line, error,
                           "a query is one SELECT; this is its second statement");
    query->sql = statements[0].sql;
    query->line = statements[0].line;
    model->query_count++;
    return OK;
}

static enum err read_section(struct model *model, const struct section *section,
                             struct error *error)
{
    struct sql_scan scan = sql_scan_begin(section->body, section->line);
    struct sql_token token;
    switch (section->kind) {
    case SECTION_SCHEMA:
        return read_schema(model, section, error);
    case SECTION_ON:
        return read_handler(model, section, error);
    case SECTION_QUERY:
        return read_query(model, section, error);
    case SECTION_NONE:
        break;
    }
    token = sql_scan_next(&scan);
    if (token.kind != SQL_TOKEN_END)
        return model_fault(model, token.line, error,
                           "there is SQL before the first section; begin with `-- schema`");
    return OK;
}

static struct slice take_line(const char **at, const char *end)
{
    const char *start = *at;
    const char *newline = memchr(start, '\n', (size_t)(end - start));
    *at = newline ? newline + 1 : end;
    return (struct slice){start, (size_t)(*at - start)};
}

static enum err read_sections(struct model *model, struct error *error)
{
    const char *at = model->text.at, *end = at + model->text.length;
    struct section section = {.body = {at, 0}, .line = 1};
    for (int number = 1; at < end; number++) {
        struct slice line = take_line(&at, end), rest;
        bool exact = false;
        enum section_kind kind = section_head_recognise(line, &rest, &exact);
        if (kind == SECTION_NONE && section_head_is_misspelt(line))
            return model_fault(model, number, error,
                               "this reads like a section's head, which is written "
                               "`-- on account.opened.v1`; a comment must say more");
        if (kind == SECTION_NONE) {
            section.body.length = (size_t)(at - section.body.at);
            continue;
        }
        if (!exact)
            return model_fault(model, number, error,
                               "a section's head is written `-- %s`, at the beginning of the line, "
                               "in small letters, with one space",
                               section_head_words[kind]);
        enum err err = read_section(model, &section, error);
        if (err)
            return err;
        section = (struct section){kind, rest, line, number}; /* its head is a comment of it */
    }
    return read_section(model, &section, error);
}

enum err model_file_read(struct model *model, struct error *error)
{
    size_t most = count_byte(model->text, '\n') + 1;
    model->handlers = arena_allocate(&model->arena, most * sizeof *model->handlers);
    model->queries = arena_allocate(&model->arena, most * sizeof *model->queries);
    enum err err = read_sections(model, error);
    if (err)
        return err;
    if (!model->schema_line)
        return model_fault(model, 1, error, "there is no `-- schema` section");
    if (model->handler_count == 0)
        return model_fault(model, 1, error,
                           "there is no `-- on` section, so nothing would ever be in its tables");
    return OK;
}
