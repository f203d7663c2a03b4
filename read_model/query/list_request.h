/* The parameters of a list, checked against the table and typed:
 *
 *     status=open&balance[gte]=1000&sort=-opened_at,account_id&limit=20&fields=a,b&cursor=…
 *
 * `sort`, `fields`, `limit`, `cursor` and `count` are reserved; a column of such a name is filtered by
 * `limit[eq]=…`. `sort` and `fields` may be repeated: each adds columns. The table's key is appended to
 * the sort, which makes it total. The key has the direction of the last requested column, so that SQLite
 * can walk an index.
 */
#pragma once

#include "read_model/definition/column_value.h"
#include "read_model/query/read_answer.h"

#define LIST_LIMIT_DEFAULT 100
#define LIST_LIMIT_MOST    1000
#define LIST_FILTERS_MOST  32
#define LIST_IN_MOST       100
#define LIST_SORT_MOST     16 /* requested; the key is added */

enum list_operator {
#define LIST_OPERATOR(id, name, type, sql, what) LIST_OPERATOR_##id,
#include "read_model/query/list_operator.def"
#undef LIST_OPERATOR
    LIST_OPERATOR_COUNT,
};

struct list_filter {
    int column;
    enum list_operator operator_;
    bool is_null; /* of LIST_OPERATOR_NULL */
    const struct column_value
        *values; /* of a prefix: the prefix and the first text after those that have it */
    size_t count;
};

struct list_sort {
    int column;
    bool descending;
};

struct list_request {
    const struct model_table *table;
    struct list_filter filters[LIST_FILTERS_MOST];
    size_t filter_count;
    struct list_sort *sort; /* total: ends with the key's columns */
    size_t sort_count;
    int *fields;
    size_t field_count;
    int64_t limit;
    bool counts;         /* all rows that fit the filters, whatever page they are on */
    struct slice cursor; /* of length 0: none */
    struct arena arena;  /* of everything above; values may also borrow from the parameters */
};

/* Reads the parameters. ERR_INVALID_PARAMETER names the parameter and the valid names. */
MUST_CHECK enum err list_request_read(const struct model_table *table,
                                      const struct read_parameter *parameters, size_t count,
                                      struct list_request *ret, struct error *error);
void list_request_finish(struct list_request *request);
AUTO_FINISH(list_request, struct list_request, list_request_finish)

/* Depends on the table, the filters and the sort; cursors are bound to it. */
uint64_t list_request_hash(const struct list_request *request);
