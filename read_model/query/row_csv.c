/* Quotes only where they are needed, so that numbers and plain texts can be read by eye. */
#include "read_model/query/row_csv.h"

#include "base/base64.h"
#include "read_model/query/row_value.h"

static bool needs_quotes(struct slice field)
{
    for (size_t i = 0; i < field.length; i++)
        if (field.at[i] == '"' || field.at[i] == ',' || field.at[i] == '\r' || field.at[i] == '\n')
            return true;
    return field.length == 0;
}

static void add_field(struct text *out, struct slice field)
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

static void add_text(struct text *out, struct slice field)
{
    AUTO(text) struct text repaired = {0};
    if (!text_is_utf8(field)) {
        row_value_repair(field, &repaired);
        field = text_slice(&repaired);
    }
    add_field(out, field);
}

static void add_value(struct text *out, const struct statement *statement, int column)
{
    switch (statement_kind(statement, column)) {
    case COLUMN_NULL:
        break;
    case COLUMN_INTEGER:
        text_add_int(out, statement_int(statement, column));
        break;
    case COLUMN_REAL:
        (void)row_value_write_real(statement_real(statement, column), out);
        break;
    case COLUMN_TEXT:
        add_text(out, statement_text(statement, column));
        break;
    case COLUMN_BLOB:
        if (statement_blob(statement, column).length == 0)
            text_add(out, "\"\"");
        base64_encode(statement_blob(statement, column), out);
        break;
    }
}

void row_csv_write_names(const struct row_statement *row, struct text *out)
{
    for (size_t i = 0; i < row->count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_text(out, slice_of(statement_column_name(row->statement, (int)i)));
    }
    text_add(out, "\r\n");
}

void row_csv_write(const struct row_statement *row, struct text *out)
{
    for (size_t i = 0; i < row->count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_value(out, row->statement, (int)i);
    }
    text_add(out, "\r\n");
}
