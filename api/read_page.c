/* Rows are taken out of the page's text as they stand; no tree is built. */
#include "api/read_page.h"

#include "base/json.h"
#include "base/json_scan.h"

void read_page_write_lines(struct slice page, struct text *out)
{
    struct json_scan rows = json_scan_begin(json_scan_member(page, "rows"));
    struct slice name, row;
    while (json_scan_next(&rows, &name, &row)) {
        text_add_slice(out, row);
        text_add_char(out, '\n');
    }
}

static bool needs_quotes(struct slice field)
{
    for (size_t i = 0; i < field.length; i++)
        if (strchr("\",\r\n", field.at[i]) && field.at[i])
            return true;
    return false;
}

static void add_field(struct text *out, struct slice field, bool first)
{
    if (!first)
        text_add_char(out, ',');
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

static void add_value(struct text *out, struct slice value, bool first)
{
    AUTO(text) struct text string = {0};
    if (slice_is(value, "null"))
        value = slice_of("");
    else if (json_read_string(value, &string))
        value = text_slice(&string);
    add_field(out, value, first);
}

static void write_row(struct slice row, bool names, struct text *out)
{
    struct json_scan fields = json_scan_begin(row);
    struct slice name, value;
    for (bool first = true; json_scan_next(&fields, &name, &value); first = false)
        if (names)
            add_field(out, name, first);
        else
            add_value(out, value, first);
    text_add(out, "\r\n");
}

void read_page_write_csv(struct slice page, struct slice names, struct text *out)
{
    struct json_scan rows = json_scan_begin(json_scan_member(page, "rows"));
    struct slice name, row;
    bool empty = true;
    while (json_scan_next(&rows, &name, &row)) {
        if (names.length && empty)
            write_row(row, true, out);
        write_row(row, false, out);
        empty = false;
    }
    if (!names.length || !empty)
        return;
    text_add_slice(out, names);
    text_add(out, "\r\n");
}
