/* CSV quotes only the fields that need it, so that numbers and plain texts stay readable. */
#include "read_model/query/row_writer.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/utf8.h"

static bool needs_quotes(struct slice field)
{
    for (size_t i = 0; i < field.length; i++)
        if (field.at[i] == '"' || field.at[i] == ',' || field.at[i] == '\r' || field.at[i] == '\n')
            return true;
    return field.length == 0;
}

static void add_csv_field(struct text *out, struct slice field)
{
    if (!needs_quotes(field)) {
        text_add_slice(out, field);
        return;
    }
    text_add_char(out, '"');
    for (size_t i = 0; i < field.length; i++) {
        if (field.at[i] == '"')
            text_add_char(out, '"');
        text_add_char(out, field.at[i]);
    }
    text_add_char(out, '"');
}

static void add_csv_text(struct text *out, struct slice field)
{
    AUTO(text) struct text repaired = {0};
    if (!utf8_is_valid(field)) {
        row_statement_repair(field, &repaired);
        field = text_slice(&repaired);
    }
    add_csv_field(out, field);
}

static void add_csv_value(struct text *out, const struct statement *statement, int column)
{
    switch (statement_kind(statement, column)) {
    case COLUMN_NULL:
        break;
    case COLUMN_INTEGER:
        text_add_int(out, statement_int(statement, column));
        break;
    case COLUMN_REAL:
        (void)row_statement_write_real(statement_real(statement, column), out);
        break;
    case COLUMN_TEXT:
        add_csv_text(out, statement_text(statement, column));
        break;
    case COLUMN_BLOB:
        if (statement_blob(statement, column).length == 0)
            text_add(out, "\"\"");
        encoding_write_base64(statement_blob(statement, column), out);
        break;
    }
}

static void write_csv_names(const struct row_statement *row, struct text *out)
{
    for (size_t i = 0; i < row->count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_csv_text(out, slice_of(statement_column_name(row->statement, (int)i)));
    }
    text_add(out, "\r\n");
}

static void write_csv(const struct row_statement *row, struct text *out)
{
    for (size_t i = 0; i < row->count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_csv_value(out, row->statement, (int)i);
    }
    text_add(out, "\r\n");
}

static void write_json_head(struct text *out)
{
    text_add_char(out, '{');
    json_text_begin(out, "rows", '[');
}

void row_writer_begin(const struct row_writer *writer)
{
    struct read_answer *answer = writer->answer;
    answer->rows = 0;
    if (answer->format == READ_JSON)
        write_json_head(&answer->body);
    else if (answer->format == READ_CSV && !answer->continues)
        write_csv_names(writer->row, &answer->body);
}

void row_writer_add(const struct row_writer *writer)
{
    struct read_answer *answer = writer->answer;
    if (answer->format == READ_CSV) {
        write_csv(writer->row, &answer->body);
    } else {
        json_text_next(&answer->body);
        row_statement_write(writer->row, &answer->body);
        if (answer->format == READ_NDJSON)
            text_add_char(&answer->body, '\n');
    }
    answer->rows++;
}

void row_writer_end(const struct row_writer *writer)
{
    struct read_answer *answer = writer->answer;
    if (answer->format != READ_JSON)
        return;
    text_add_char(&answer->body, ']');
    if (answer->next.length)
        json_text_string(&answer->body, "next_cursor", text_slice(&answer->next));
    if (answer->has_count)
        json_text_int(&answer->body, "count", answer->count);
    text_add_char(&answer->body, '}');
}
