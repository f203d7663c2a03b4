/* Reads a definition through the steps that model_private.h lists. A model is complete when it is
 * returned and never changes. */
#include "base/db.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "read_model/definition/model_private.h"
#include "read_model/definition/sql_scan.h"

static enum err take_name(struct model *model, struct error *error)
{
    const char *slash = strrchr(model->file, '/');
    struct slice name = slice_of(slash ? slash + 1 : model->file);
    if (name.length > 4 && memcmp(name.at + name.length - 4, ".sql", 4) == 0)
        name.length -= 4;
    if (!model_name_is_valid(name))
        return model_fault(model, 1, error,
                           "a read model's file is named NAME.sql, NAME of lower-case letters, "
                           "digits and _, beginning with a letter; not \"%.*s\"",
                           SLICE(name));
    model->name = arena_copy(&model->arena, name).at;
    return OK;
}

static enum err check_encoding(const struct model *model, struct error *error)
{
    if (!utf8_is_valid(model->text) || memchr(model->text.at, '\0', model->text.length))
        return model_fault(model, 1, error, "the file is not UTF-8 text");
    return OK;
}

/* The steps that need no catalogue. */
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
    return err ? err : model_tables_find_late_indexes(model, db, error);
}

/* Each part is preceded by its length, so that different definitions never produce the same bytes. */
static void add_part(struct sha256 *sha, struct slice part)
{
    sha256_add_u64(sha, part.length);
    sha256_add(sha, part.at, part.length);
}

static void add_statements(struct sha256 *sha, const struct model_statement *statements,
                           size_t count)
{
    sha256_add_u64(sha, count);
    for (size_t i = 0; i < count; i++) {
        struct sql_scan scan = sql_scan_begin(slice_of(statements[i].sql), 0);
        struct sql_token token;
        do {
            token = sql_scan_next(&scan);
            add_part(sha, token.text); /* the end is an empty part */
        } while (token.kind != SQL_TOKEN_END);
    }
}

static void add_type(struct sha256 *sha, const char *type, const struct catalogue *catalogue)
{
    AUTO(text) struct text schema = {0};
    json_write(catalogue_event(catalogue, slice_of(type))->json, &schema);
    add_part(sha, slice_of(type));
    add_part(sha, text_slice(&schema));
}

/* Adds nothing without upcasters, so that the hash of a definition without them does not depend on
 * their format. */
static void add_upcasters(struct sha256 *sha, const struct upcasters *upcasters)
{
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(upcasters, &count);
    for (size_t i = 0; i < count; i++) {
        add_part(sha, slice_of(entries[i].type));
        add_part(sha, entries[i].text);
    }
}

/* SHA-256 in hexadecimal over the tokens of schema and handlers, with their types, and the schemas of
 * these types and the upcasters that lead to them: comments, spaces and queries do not count. Lives
 * in the model's arena. */
static const char *compute_hash(struct model *model, const struct catalogue *catalogue)
{
    unsigned char hash[SHA256_BYTES];
    AUTO(text) struct text hex = {0};
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    add_statements(sha, model->schema, model->schema_count);
    for (size_t h = 0; h < model->handler_count; h++) {
        const struct model_handler *handler = &model->handlers[h];
        sha256_add_u64(sha, handler->type_count);
        for (size_t t = 0; t < handler->type_count; t++)
            add_type(sha, handler->types[t], catalogue);
        add_statements(sha, handler->statements, handler->statement_count);
    }
    add_upcasters(sha, model->upcasters);
    sha256_end(sha, hash);
    sha256_destroy(sha);
    encoding_write_hex(hash, sizeof hash, &hex);
    return arena_copy(&model->arena, text_slice(&hex)).at;
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
    model->hash = compute_hash(model, catalogue);
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
