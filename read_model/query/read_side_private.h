/* The read side; no file outside read_model/query/ includes this header. The files, from the top:
 *
 *   read_side.c      opens and closes the read side; its definitions and positions
 *   read_row.c       one row by its key          read_list.c     a page of a table (list_request.h)
 *   read_query.c     a named query               row_writer.c    their rows as JSON, NDJSON or CSV
 *
 * Each read takes a turn at a model:
 *
 *   read_find.c      from the name of a table or query to a turn at its model
 *   reader.c         the thread's turn at that model: a snapshot, the floor, the janitor
 *   read_snapshot.c  the connection to the generation that serves, and its transaction
 *   row_statement.c  the prepared SELECTs
 *   read_answer.c    parameters and the answer, of all of them
 */
#pragma once

#include "read_model/query/read_find.h"
#include "read_model/query/read_side.h"

struct read_side {
    struct readers readers;
    struct read_catalogue catalogue;
    int64_t time_limit_ms;
    struct metric_series *row_reads, *list_reads, *query_reads;
};
