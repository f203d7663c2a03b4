/* Handlers name only the newest versions, so the set of upcasters determines which handled type the
 * events of each older type are read as. */
#include "read_model/definition/model_private.h"

#include "base/statement.h"
#include "read_model/generation_statements.h"

static bool handles(const struct model *model, struct slice type)
{
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t t = 0; t < model->handlers[h].type_count; t++)
            if (slice_is(type, model->handlers[h].types[t]))
                return true;
    return false;
}

/* A handler of an old version would never receive an event. */
static enum err check_newest(const struct model *model, const struct upcasters *upcasters,
                             struct error *error)
{
    for (size_t h = 0; h < model->handler_count; h++)
        for (size_t t = 0; t < model->handlers[h].type_count; t++) {
            const char *type = model->handlers[h].types[t];
            struct slice newest = upcasters_newest(upcasters, slice_of(type));
            if (!slice_is(newest, type))
                return model_fault(model, model->handlers[h].line, error,
                                   "events of %s are read as %.*s; handle %.*s instead", type,
                                   SLICE(newest), SLICE(newest));
        }
    return OK;
}

enum err model_upcasters_take(struct model *model, const struct catalogue *catalogue,
                              struct error *error)
{
    const struct upcasters *all = catalogue_upcasters(catalogue);
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(all, &count);
    enum err err = check_newest(model, all, error);
    for (size_t i = 0; i < count && !err; i++) {
        struct slice type = slice_of(entries[i].type);
        if (handles(model, upcasters_newest(all, type)))
            err = upcasters_add(model->upcasters, type, entries[i].text, error);
    }
    return err;
}

enum err model_upcasters_store(const struct model *model, struct db *db, struct error *error)
{
    AUTO(statement) struct statement *insert = NULL;
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(model->upcasters, &count);
    enum err err = statement_prepare(db, generation_statements[GENERATION_STATEMENT_UPCASTER].text,
                                     &insert, error);
    for (size_t i = 0; i < count && !err; i++) {
        statement_bind_text(insert, 1, slice_of(entries[i].type));
        statement_bind_text(insert, 2, entries[i].text);
        err = statement_run(insert, error);
    }
    return err;
}

/* A file of an earlier version of annal has no table of upcasters. */
static enum err has_table(struct db *db, bool *ret_has, struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    enum err err = statement_prepare(
        db, generation_statements[GENERATION_STATEMENT_HAS_UPCASTERS].text, &find, error);
    return err ? err : statement_step(find, ret_has, error);
}

static enum err load_rows(struct db *db, struct upcasters *upcasters, struct error *error)
{
    AUTO(statement) struct statement *select = NULL;
    bool row = false;
    enum err err = statement_prepare(db, generation_statements[GENERATION_STATEMENT_UPCASTERS].text,
                                     &select, error);
    while (!err && !(err = statement_step(select, &row, error)) && row)
        err = upcasters_add(upcasters, statement_text(select, 0), statement_text(select, 1), error);
    return err;
}

enum err model_upcasters_load(struct db *db, struct upcasters **ret_upcasters, struct error *error)
{
    AUTO(upcasters) struct upcasters *upcasters = upcasters_create();
    bool has = false;
    enum err err = has_table(db, &has, error);
    if (!err && has)
        err = load_rows(db, upcasters, error);
    if (err)
        return err;
    *ret_upcasters = upcasters;
    upcasters = NULL;
    return OK;
}
