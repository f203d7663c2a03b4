#include "base/statement_set.h"

#include <stdlib.h>

void statement_set_init(struct statement_set *set, struct db *db, const struct sql_text *texts,
                        int count)
{
    *set = (struct statement_set){.db = db, .texts = texts, .count = count};
    set->prepared = calloc((size_t)count, sizeof *set->prepared);
    REQUIRE(set->prepared);
}

void statement_set_finish(struct statement_set *set)
{
    for (int i = 0; i < set->count; i++)
        statement_close(set->prepared[i]);
    free(set->prepared);
    *set = (struct statement_set){0};
}

enum err statement_set_get(struct statement_set *set, int which, struct statement **ret_statement,
                           struct error *error)
{
    REQUIRE(which >= 0 && which < set->count);
    if (!set->prepared[which]) {
        const struct sql_text *sql = &set->texts[which];
        enum err err = statement_prepare(set->db, sql->text, &set->prepared[which], error);
        if (err)
            return error_add_context(error, err, "statement %s", sql->name);
    }
    statement_reset(set->prepared[which]);
    *ret_statement = set->prepared[which];
    return OK;
}

enum err statement_set_prepare_all(struct statement_set *set, struct error *error)
{
    enum err err = OK;
    for (int i = 0; !err && i < set->count; i++) {
        struct statement *statement;
        err = statement_set_get(set, i, &statement, error);
    }
    return err;
}

struct statement *statement_set_at(struct statement_set *set, int which)
{
    REQUIRE(which >= 0 && which < set->count && set->prepared[which]);
    statement_reset(set->prepared[which]);
    return set->prepared[which];
}
