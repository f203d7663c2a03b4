/* A switch where the forms differ, and nothing else. */
#include "read_model/query/row_writer.h"

#include "read_model/query/row_csv.h"

void row_writer_begin(const struct row_writer *writer)
{
    struct read_answer *answer = writer->answer;
    answer->rows = 0;
    if (answer->format == READ_JSON)
        text_add(&answer->body, "{\"rows\":[");
    else if (answer->format == READ_CSV && !answer->continues)
        row_csv_write_names(writer->row, &answer->body);
}

void row_writer_add(const struct row_writer *writer)
{
    struct read_answer *answer = writer->answer;
    if (answer->format == READ_CSV) {
        row_csv_write(writer->row, &answer->body);
    } else {
        if (answer->format == READ_JSON && answer->rows > 0)
            text_add_char(&answer->body, ',');
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
    if (answer->next.length) {
        text_add(&answer->body, ",\"next_cursor\":\"");
        text_add_slice(&answer->body, text_slice(&answer->next));
        text_add_char(&answer->body, '"');
    }
    if (answer->has_count)
        text_printf(&answer->body, ",\"count\":%lld", (long long)answer->count);
    text_add_char(&answer->body, '}');
}
