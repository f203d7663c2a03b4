/* One row by its key: the hot path. A statement per table and thread, prepared once. */
#include "read_model/query/read_side_private.h"

#include "base/hash.h"
#include "read_model/definition/column_value.h"
#include "read_model/definition/model.h"

static enum err prepare(struct read_snapshot *snapshot, const struct model_table *table,
                        struct row_statement **ret_row, struct error *error)
{
    AUTO(text) struct text sql = {0};
    model_write_select(table, &sql);
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(&sql, i == 0 ? " WHERE " : " AND ");
        model_write_name(table->columns[table->key[i]].name, &sql);
        text_add(&sql, " = ?");
    }
    return read_snapshot_prepare(snapshot, sql.at, 0, ret_row, error);
}

static enum err check_key_count(const struct model_table *table, size_t count,
                                struct read_answer *answer, struct error *error)
{
    if (count == table->key_count)
        return OK;
    AUTO(text) struct text names = {0};
    for (size_t i = 0; i < table->key_count; i++)
        text_printf(&names, "%s%s", i == 0 ? "" : "/", table->columns[table->key[i]].name);
    answer->settled = true;
    return error_set(error, ERR_NOT_FOUND, "the key of table %s is %s", table->name, names.at);
}

/* No row has a key that does not fit the type of its column. */
static enum err bind_key(struct statement *statement, const struct model_table *table,
                         const struct slice *key, struct arena *arena, struct read_answer *answer,
                         struct error *error)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const struct model_column *column = &table->columns[table->key[i]];
        struct column_value value;
        struct error why;
        if (column_value_read_for(column, key[i], arena, &value, &why)) {
            answer->settled = true;
            return error_set(error, ERR_NOT_FOUND, "table %s has no such row: %s: %s", table->name,
                             column->name, why.text);
        }
        column_value_bind(&value, statement, (int)i + 1);
    }
    return OK;
}

static void write_etag(struct read_answer *answer)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t hash = hash_bytes(0, text_slice(&answer->body));
    char *at = answer->etag;
    *at++ = '"';
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = digits[hash >> shift & 15];
    *at++ = '"';
    *at = '\0';
}

static enum err step(struct row_statement *row, const struct model_table *table,
                     struct read_answer *answer, struct error *error)
{
    bool there = false;
    enum err err = statement_step(row->statement, &there, error);
    if (err)
        return error_add_context(error, err, "%s", table->name);
    if (!there)
        return error_set(error, ERR_NOT_FOUND, "table %s has no such row", table->name);
    row_statement_write(row, &answer->body);
    write_etag(answer);
    return OK;
}

static enum err read_with(struct row_statement *row, const struct model_table *table,
                          const struct slice *key, struct read_answer *answer, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    enum err err = bind_key(row->statement, table, key, &arena, answer, error);
    if (!err)
        err = step(row, table, answer, error);
    statement_reset(row->statement);
    return err;
}

enum err read_row(struct read_side *side, const char *table_name, const struct slice *key,
                  size_t key_count, struct read_answer *answer, struct error *error)
{
    AUTO(read_target) struct read_target target = {0};
    enum err err = read_find_table(&side->catalogue, table_name, answer, &target, error);
    if (err)
        return err;
    read_answer_clear(answer, target.turn.snapshot->position);
    err = check_key_count(target.table, key_count, answer, error);
    if (err)
        return err;
    metric_add(side->row_reads, 1);
    if (!*target.row)
        err = prepare(target.turn.snapshot, target.table, target.row, error);
    return err ? err : read_with(*target.row, target.table, key, answer, error);
}
