/* Every part has its length in front, so that no two definitions give the same bytes. */
#include "read_model/definition/model_hash.h"

#include "base/json.h"
#include "base/sha256.h"
#include "read_model/definition/sql_scan.h"

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

/* Nothing if there is none, so that most definitions' hashes know nothing of upcasters. */
static void add_upcasters(struct sha256 *sha, const struct upcasters *upcasters)
{
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(upcasters, &count);
    for (size_t i = 0; i < count; i++) {
        add_part(sha, slice_of(entries[i].type));
        add_part(sha, entries[i].text);
    }
}

const char *model_hash_compute(struct model *model, const struct catalogue *catalogue)
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
    text_add_hex(&hex, hash, sizeof hash);
    return arena_copy(&model->arena, text_slice(&hex)).at;
}
