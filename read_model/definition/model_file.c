/* The file format: the head of a section is a line; all other lines are SQL and comments. A line that
 * was clearly meant as a head but is malformed is rejected: if it were read as a comment, the statements
 * after it would belong to the section before. */
#include "read_model/definition/model_private.h"
#include "read_model/definition/query_parameter.h"
#include "read_model/definition/sql_scan.h"

#include <strings.h>

enum section_kind { SECTION_NONE, SECTION_SCHEMA, SECTION_ON, SECTION_QUERY };

static const char *const head_words[] = {[SECTION_NONE] = "",
                                         [SECTION_SCHEMA] = "schema",
                                         [SECTION_ON] = "on",
                                         [SECTION_QUERY] = "query"};

static struct slice trim(struct slice slice)
{
    while (slice.length > 0 && strchr(" \t\r\n", slice.at[0]))
        slice.at++, slice.length--;
    while (slice.length > 0 && strchr(" \t\r\n", slice.at[slice.length - 1]))
        slice.length--;
    return slice;
}

/* The next word, up to a space or comma. */
static struct slice take_word(struct slice *rest)
{
    size_t length = 0;
    while (length < rest->length && !strchr(" \t,", rest->at[length]))
        length++;
    struct slice word = {rest->at, length};
    *rest = trim((struct slice){rest->at + length, rest->length - length});
    return word;
}

/* Of "name(a", as of "name", the part before a list of parameters. */
static struct slice name_of(struct slice word)
{
    const char *list = word.length ? memchr(word.at, '(', word.length) : NULL;
    return list ? (struct slice){word.at, (size_t)(list - word.at)} : word;
}

static bool is_word_of(enum section_kind kind, struct slice word)
{
    return word.length == strlen(head_words[kind]) &&
           strncasecmp(word.at, head_words[kind], word.length) == 0;
}

/* True if the words that follow show that the line was meant as a head. */
static bool looks_like_head(enum section_kind kind, struct slice rest)
{
    struct slice word = take_word(&rest);
    switch (kind) {
    case SECTION_SCHEMA:
        return word.length == 0;
    case SECTION_ON:
        return word.length > 0 && memchr(word.at, '.', word.length - 1) != NULL;
    default:
        return (rest.length == 0 || rest.at[0] == '(' || name_of(word).length < word.length) &&
               model_name_is_valid(name_of(word));
    }
}

/* True for a comment that is a word and event types, nothing else: `-- onn a.b.v1, a.c.v1`. */
static bool is_misspelt_head(struct slice line)
{
    struct slice rest = trim(line);
    if (rest.length < 2 || memcmp(rest.at, "--", 2) != 0)
        return false;
    rest = trim((struct slice){rest.at + 2, rest.length - 2});
    struct slice word = take_word(&rest), name;
    bool types = word.length > 0 && rest.length > 0;
    while (types && rest.length > 0) {
        word = take_word(&rest);
        types = event_type_version(word, &name) > 0;
        if (rest.length > 0 && rest.at[0] == ',')
            rest = trim((struct slice){rest.at + 1, rest.length - 1});
    }
    return types;
}

/* Which head a line is, or SECTION_NONE; *ret_exact: whether it is written as a head must be. */
static enum section_kind recognise_head(struct slice line, struct slice *ret_rest, bool *ret_exact)
{
    struct slice rest = trim(line);
    if (rest.length < 2 || memcmp(rest.at, "--", 2) != 0)
        return SECTION_NONE;
    rest = trim((struct slice){rest.at + 2, rest.length - 2});
    struct slice word = take_word(&rest);
    for (enum section_kind kind = SECTION_SCHEMA; kind <= SECTION_QUERY; kind++) {
        if (!is_word_of(kind, word))
            continue;
        *ret_exact =
            line.at + 3 == word.at && line.at[2] == ' ' && slice_is(word, head_words[kind]);
        *ret_rest = rest;
        return *ret_exact || looks_like_head(kind, rest) ? kind : SECTION_NONE;
    }
    return SECTION_NONE;
}

bool model_file_is_head(struct slice line)
{
    struct slice rest;
    bool exact;
    return recognise_head(line, &rest, &exact) != SECTION_NONE;
}

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

static enum err read_schema_section(struct model *model, const struct section *section,
                                    struct error *error)
{
    if (section->rest.length > 0)
        return model_fault(model, section->line, error,
                           "unexpected text after `-- schema`: \"%.*s\"", SLICE(section->rest));
    if (model->schema_line)
        return model_fault(model, section->line, error,
                           "duplicate `-- schema`; the first is in line %d", model->schema_line);
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
        struct slice word = take_word(&rest);
        bool last = i + 1 == most;
        if (word.length == 0 || (last ? rest.length > 0 : rest.at[0] != ','))
            return model_fault(model, section->line, error,
                               "`-- on` takes event types with commas between them: "
                               "`-- on account.opened.v1, account.closed.v1`; a comment must not "
                               "begin with \"on\"");
        if (has_type(handler, word))
            return model_fault(model, section->line, error, "%.*s is listed twice", SLICE(word));
        handler->types[handler->type_count++] = arena_copy(&model->arena, word).at;
        if (!last)
            rest = trim((struct slice){rest.at + 1, rest.length - 1});
    }
    return OK;
}

static enum err read_handler_section(struct model *model, const struct section *section,
                                     struct error *error)
{
    struct model_handler *handler = &model->handlers[model->handler_count++];
    *handler = (struct model_handler){.line = section->line};
    enum err err = read_types(model, section, handler, error);
    if (err)
        return err;
    return read_statements(model, section, &handler->statements, &handler->statement_count, error);
}

static enum err read_query_section(struct model *model, const struct section *section,
                                   struct error *error)
{
    struct slice rest = section->rest, name = name_of(take_word(&rest));
    struct slice list = {name.at + name.length, section->rest.length - name.length};
    list = trim(list);
    if ((list.length > 0 && list.at[0] != '(') || !model_name_is_valid(name))
        return model_fault(
            model, section->line, error,
            "`-- query` takes one name of lower-case letters, digits and _, beginning "
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
        return read_schema_section(model, section, error);
    case SECTION_ON:
        return read_handler_section(model, section, error);
    case SECTION_QUERY:
        return read_query_section(model, section, error);
    case SECTION_NONE:
        break;
    }
    token = sql_scan_next(&scan);
    if (token.kind != SQL_TOKEN_END)
        return model_fault(model, token.line, error,
                           "SQL before the first section; begin with `-- schema`");
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
        enum section_kind kind = recognise_head(line, &rest, &exact);
        if (kind == SECTION_NONE && is_misspelt_head(line))
            return model_fault(model, number, error,
                               "this looks like the head of a section, which is written "
                               "`-- on account.opened.v1`; for a comment, add other words");
        if (kind == SECTION_NONE) {
            section.body.length = (size_t)(at - section.body.at);
            continue;
        }
        if (!exact)
            return model_fault(
                model, number, error,
                "write the head of a section as `-- %s`: at the beginning of the line, "
                "in lower case, with one space",
                head_words[kind]);
        enum err err = read_section(model, &section, error);
        if (err)
            return err;
        section =
            (struct section){kind, rest, line, number}; /* SQLite reads its head as a comment */
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
        return model_fault(model, 1, error, "missing section `-- schema`");
    if (model->handler_count == 0)
        return model_fault(model, 1, error,
                           "missing section `-- on`: no event would add rows to its tables");
    return OK;
}
