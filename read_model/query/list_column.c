/* A linear search: tables have few columns, and a request names few of them. */
#include "read_model/query/list_column.h"

static enum err complain(const struct model_table *table, struct slice name, struct arena *arena,
                         struct error *error)
{
    if (name.length == 0)
        return error_set(error, ERR_INVALID_PARAMETER, "the name of a column is missing");
    const char **names = arena_allocate(arena, table->column_count * sizeof *names);
    for (size_t i = 0; i < table->column_count; i++)
        names[i] = table->columns[i].name;
    const char *nearest = text_nearest(name, names, table->column_count);
    return error_set(error, ERR_INVALID_PARAMETER, "%s has no column \"%.*s\"%s%s%s", table->name,
                     SLICE(text_cut(name, 60)), nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?" : "");
}

enum err list_column_find(struct list_request *request, struct slice name, int *ret_column,
                          struct error *error)
{
    for (size_t i = 0; i < request->table->column_count; i++)
        if (slice_is(name, request->table->columns[i].name)) {
            *ret_column = (int)i;
            return OK;
        }
    return complain(request->table, name, &request->arena, error);
}

bool list_column_next_part(struct slice *rest, struct slice *ret_part)
{
    if (!rest->at)
        return false;
    const char *comma = rest->length ? memchr(rest->at, ',', rest->length) : NULL;
    size_t length = comma ? (size_t)(comma - rest->at) : rest->length;
    *ret_part = (struct slice){rest->at, length};
    *rest = comma ? (struct slice){comma + 1, rest->length - length - 1} : (struct slice){0};
    return true;
}
