/* What a read is given and returns: parameters, the format of the rows, the answer.
 */
#pragma once

#include "base/text.h"
#include "read_model/definition/models.h"

/* A parameter of a list or named query, decoded: name "total[gte]", value "1000". */
struct read_parameter {
    struct slice name, value;
};

/* How the rows of lists and named queries are written. */
enum read_format {
    READ_JSON,   /* {"rows":[…]}, and "next_cursor" if the list continues */
    READ_NDJSON, /* a JSON object on each line */
    READ_CSV,    /* RFC 4180 with a header line; NULL is an empty field, an empty text is "" */
};

struct read_answer {
    /* Set by the caller; zeros mean JSON. */
    enum read_format format;
    bool continues;    /* the body follows another page of this list: CSV has no header line */
    int64_t page_rows; /* of a list: rows of a page, instead of its limit; 0: its limit */
    size_t page_bytes; /* likewise in bytes, whichever comes first; 0: 2 MiB */

    struct text body;
    size_t rows;      /* of a list or named query, in the body */
    bool has_count;   /* of a list that was asked to count; not of a page that continues */
    int64_t count;    /* then: the rows that match the filters, in the snapshot of the page */
    int64_t position; /* of the model it was read from; 0 after most errors */
    bool settled;     /* no later position of the model gives another answer */
    char etag[40];    /* of a row: quoted, changes when the row does; else "" */
    struct text next; /* the next page's cursor; empty at the end */
    /* The program's definition of the model that was read, set after an error too: then it is the model
     * that could not be read or does not have the row. NULL: no model has the table or query. */
    const struct model *model;
};
void read_answer_finish(struct read_answer *answer);
AUTO_FINISH(read_answer, struct read_answer, read_answer_finish)

/* Before a read: only the model is known, or that none has the name (NULL). */
void read_answer_begin(struct read_answer *answer, const struct model *model);

/* Prepares the answer for the rows that are read at this position. */
void read_answer_clear(struct read_answer *answer, int64_t position);
