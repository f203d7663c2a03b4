/* Comments are between tokens, so the scan looks at the gap between two of them. A comment on the line
 * of the token before it belongs to the column that began last, even after the comma; a comment on a
 * separate line after a comma belongs to the column that follows. */
#include "read_model/definition/model_private.h"

#include "read_model/definition/sql_scan.h"

/* The columns of one CREATE TABLE. */
struct reading {
    struct model *model;
    struct model_table *table;
    const char *start; /* of the statement */
    struct model_column
        *current;        /* the last one begun; NULL: none yet, or a constraint of the table */
    bool between;        /* after the parenthesis or a comma, before the next definition */
    size_t behind_at;    /* offset in its line of the last comment after a column */
    const char *pending; /* lines above the next column; NULL: none */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static struct slice trim(struct slice text)
{
    while (text.length && is_blank(text.at[0]))
        text = (struct slice){text.at + 1, text.length - 1};
    while (text.length && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

/* Appends the line to `*description`. */
static void add(struct model *model, const char **description, struct slice line)
{
    AUTO(text) struct text joined = {0};
    line = trim(line);
    if (!line.length)
        return;
    if (*description)
        text_printf(&joined, "%s ", *description);
    text_add_slice(&joined, line);
    *description = arena_copy(&model->arena, text_slice(&joined)).at;
}

/* --- columns ---------------------------------------------------------------------------------- */

static size_t offset_in_line(const struct reading *reading, const char *at)
{
    const char *line = at;
    while (line > reading->start && line[-1] != '\n')
        line--;
    return (size_t)(at - line);
}

/* A comment on a separate line continues the comment after a column if it begins below that one. */
static void take_comment(struct reading *reading, struct slice comment, bool behind)
{
    size_t offset = offset_in_line(reading, comment.at);
    struct slice line = {comment.at + 2, comment.length - 2};
    bool continues = !behind && reading->behind_at && offset == reading->behind_at;
    if (behind)
        reading->behind_at = offset;
    else if (!continues)
        reading->behind_at = 0;
    if (reading->between && !behind && !continues)
        add(reading->model, &reading->pending, line);
    else if (reading->current)
        add(reading->model, &reading->current->description, line);
}

/* Reads the gap between two tokens: spaces and comments. */
static void take_gap(struct reading *reading, const char *at, const char *end)
{
    bool behind = true;
    while (at < end) {
        size_t left = (size_t)(end - at);
        if (left > 1 && at[0] == '-' && at[1] == '-') {
            const char *newline = memchr(at, '\n', left);
            size_t length = newline ? (size_t)(newline - at) : left;
            take_comment(reading, (struct slice){at, length}, behind);
            at += length;
        } else if (left > 1 && at[0] == '/' && at[1] == '*') {
            for (at += 2; at < end && !(at[-1] == '*' && at[0] == '/'); at++)
                ;
        } else {
            behind = behind && *at != '\n';
            at++;
        }
    }
}

static void begin_definition(struct reading *reading, const struct sql_token *token)
{
    struct model_column *columns = (struct model_column *)reading->table->columns;
    struct slice name = sql_scan_content(token);
    reading->current = NULL;
    for (size_t i = 0; i < reading->table->column_count; i++)
        if (slice_is(name, columns[i].name))
            reading->current = &columns[i];
    if (reading->current && reading->pending)
        add(reading->model, &reading->current->description, slice_of(reading->pending));
    reading->pending = NULL;
    reading->between = false;
    reading->behind_at = 0;
}

/* `scan` is after the name of the table. */
static void read_columns(struct reading *reading, struct sql_scan *scan)
{
    for (int depth = 0;;) {
        const char *gap = scan->at;
        struct sql_token token = sql_scan_next(scan);
        if (depth > 0)
            take_gap(reading, gap, token.text.at);
        bool opens = sql_scan_is(&token, "("), closes = sql_scan_is(&token, ")");
        if (reading->between && !closes)
            begin_definition(reading, &token);
        depth += opens - closes;
        if (token.kind == SQL_TOKEN_END || depth == 0)
            return;
        if (depth == 1 && (sql_scan_is(&token, ",") || opens))
            reading->between = true;
    }
}

/* --- tables ----------------------------------------------------------------------------------- */

/* True if the statement is CREATE TABLE of this name; `scan` is then after the name. */
static bool makes_table(struct sql_scan *scan, const char *name)
{
    struct sql_token token = sql_scan_next(scan);
    if (!sql_scan_is(&token, "CREATE"))
        return false;
    token = sql_scan_next(scan);
    if (!sql_scan_is(&token, "TABLE"))
        return false;
    token = sql_scan_next(scan);
    for (int i = 0; i < 3 && sql_scan_is(&token, i == 0 ? "IF" : i == 1 ? "NOT" : "EXISTS"); i++)
        token = sql_scan_next(scan);
    return slice_is(sql_scan_content(&token), name);
}

static struct slice line_before(struct slice text, const char *line)
{
    const char *end = line - 1, *start = end;
    if (line == text.at)
        return (struct slice){NULL, 0};
    while (start > text.at && start[-1] != '\n')
        start--;
    return (struct slice){start, (size_t)(end - start)};
}

static const char *start_of_line(struct slice text, int number)
{
    const char *at = text.at, *end = text.at + text.length;
    for (; number > 1 && at < end; at++)
        number -= *at == '\n';
    return at;
}

/* True for a comment that is not the head of a section. */
static bool is_comment(struct slice line)
{
    return line.length >= 2 && line.at[0] == '-' && line.at[1] == '-' && !model_file_is_head(line);
}

/* Adds the comment lines from `at` up to the first other line. */
static void take_lines(struct model *model, const char *at, const char **description)
{
    const char *end = model->text.at + model->text.length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct slice line = {at, (size_t)((newline ? newline : end) - at)};
        if (!is_comment(line))
            return;
        add(model, description, (struct slice){line.at + 2, line.length - 2});
        at += line.length + 1;
    }
}

static void read_above(struct model *model, int line, const char **description)
{
    const char *at = start_of_line(model->text, line), *first = at;
    struct slice before = line_before(model->text, at);
    while (before.at && is_comment(before)) {
        first = before.at;
        before = line_before(model->text, first);
    }
    if (first < at)
        take_lines(model, first, description);
}

static void read_table(struct model *model, struct model_table *table)
{
    for (size_t i = 0; i < model->schema_count; i++) {
        const char *sql = model->schema[i].sql;
        struct sql_scan scan = sql_scan_begin(slice_of(sql), model->schema[i].line);
        if (!makes_table(&scan, table->name))
            continue;
        struct reading reading = {.model = model, .table = table, .start = sql};
        read_above(model, model->schema[i].line, &table->description);
        read_columns(&reading, &scan);
        return;
    }
}

void model_comments_read(struct model *model)
{
    take_lines(model, model->text.at, &model->description);
    for (size_t i = 0; i < model->table_count; i++)
        read_table(model, &model->tables[i]);
}
