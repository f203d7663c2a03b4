/* Rows in the form that the caller asked for: {"rows":[…]} of JSON, a JSON object on each line, or CSV
 * (RFC 4180, lines ended by CR LF). In CSV, NULL is an empty field, an empty text is "", and
 * everything else is written as in JSON without its quotes. */
#pragma once

#include "read_model/query/read_answer.h"
#include "read_model/query/row_statement.h"

struct row_writer {
    const struct row_statement *row;
    struct read_answer *answer; /* whose format it is, and whose body and rows it grows */
};

/* Opens the body, before the first row. */
void row_writer_begin(const struct row_writer *writer);
/* The statement's current row. */
void row_writer_add(const struct row_writer *writer);
/* Closes the body, after the last row; in JSON with answer->next and the count. */
void row_writer_end(const struct row_writer *writer);
