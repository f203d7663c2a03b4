/* Reading a definition, in order: its sections, what its text shows, what SQLite says of it, what
 * the catalogue says of it. A model is complete when it is returned and never changes. */
#include "read_model/definition/model_read.h"

#include "base/db.h"
#include "read_model/definition/late_index.h"
#include "read_model/definition/model_check.h"
#include "read_model/definition/model_comments.h"
#include "read_model/definition/model_file.h"
#include "read_model/definition/model_hash.h"
#include "read_model/definition/model_repeatable.h"
#include "read_model/definition/model_tables.h"
#include "read_model/definition/model_upcasters.h"

static enum err take_name(struct model *model, struct error *error)
{
    const char *slash = strrchr(model->file, '/');
    struct slice name = slice_of(slash ? slash + 1 : model->file);
    if (name.length > 4 && memcmp(name.at + name.length - 4, ".sql", 4) == 0)
        name.length -= 4;
    if (!model_name_is_valid(name))
        return model_fault(model, 1, error,
                           "a read model's file is called NAME.sql, NAME of small letters, digits "
                           "and _, beginning with a letter; not \"%.*s\"",
                           SLICE(name));
    model->name = arena_copy(&model->arena, name).at;
    return OK;
}

static enum err check_encoding(const struct model *model, struct error *error)
{
    if (!text_is_utf8(model->text) || memchr(model->text.at, '\0', model->text.length))
        return model_fault(model, 1, error, "the file is not UTF-8 text");
    return OK;
}

/* All that can be known of it without the catalogue. */
static enum err read_model(struct model *model, struct db *db, struct error *error)
{
    enum err err = check_encoding(model, error);
    if (!err)
        err = take_name(model, error);
    if (!err)
        err = model_file_read(model, error);
    if (!err)
        err = model_check_text(model, db, error);
    if (!err)
        err = model_tables_make(model, db, error);
    if (!err)
        err = model_tables_read(model, db, error);
    if (!err)
        model_comments_read(model);
    if (!err)
        err = model_check_statements(model, db, error);
    return err ? err : late_index_find(model, db, error);
}

enum err model_read(const char *file, struct slice text, const struct catalogue *catalogue,
                    struct model **ret_model, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    AUTO(model) struct model *model = model_create(file, text, upcasters_create());
    enum err err = db_open_memory(&db, error);
    if (!err)
        err = read_model(model, db, error);
    if (!err)
        err = model_repeatable_check(model, db, error);
    if (!err)
        err = model_check_events(model, catalogue, error);
    if (!err)
        err = model_upcasters_take(model, catalogue, error);
    if (err)
        return err;
    model->hash = model_hash_compute(model, catalogue);
    *ret_model = model;
    model = NULL;
    return OK;
}

enum err model_read_stored(const char *file, struct slice text, const char *hash,
                           struct upcasters *take_upcasters, struct model **ret_model,
                           struct error *error)
{
    AUTO(db) struct db *db = NULL;
    AUTO(model) struct model *model = model_create(file, text, take_upcasters);
    enum err err = db_open_memory(&db, error);
    if (!err)
        err = read_model(model, db, error);
    if (err)
        return err;
    model->hash = arena_copy(&model->arena, slice_of(hash)).at;
    *ret_model = model;
    model = NULL;
    return OK;
}
