/* Rows in the form that was asked for: {"rows":[…]} of JSON, a JSON object on each line, or CSV. */
#pragma once

#include "read_model/query/read_side.h"
#include "read_model/query/row_statement.h"

struct row_writer {
    const struct row_statement *row;
    struct read_answer *answer; /* whose format it is, and whose body and rows it grows */
};

/* Before the first row: what opens the body. */
void row_writer_begin(const struct row_writer *writer);
/* The statement's present row. */
void row_writer_add(const struct row_writer *writer);
/* Behind the last row; JSON gives answer->next and the count too. */
void row_writer_end(const struct row_writer *writer);
