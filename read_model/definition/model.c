/* The accessors of a definition; model_read.c reads one. */
#include "read_model/definition/model_private.h"

#include <stdarg.h>
#include <stdio.h>

#define NAME_BYTES_MOST 64

enum err model_fault(const struct model *model, int line, struct error *error, const char *format,
                     ...)
{
    char what[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, ERR_DEFINITION, "%s:%d: %s", model->file, line, what);
}

bool model_name_is_valid(struct slice name)
{
    if (name.length == 0 || name.length > NAME_BYTES_MOST || name.at[0] < 'a' || name.at[0] > 'z')
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return true;
}

struct model *model_create(const char *file, struct slice text, struct upcasters *take_upcasters)
{
    struct model *model = calloc(1, sizeof *model);
    REQUIRE(model);
    model->file = arena_copy(&model->arena, slice_of(file)).at;
    model->text = arena_copy(&model->arena, text);
    model->upcasters = take_upcasters;
    return model;
}

void model_destroy(struct model *model)
{
    if (!model)
        return;
    upcasters_destroy(model->upcasters);
    arena_finish(&model->arena);
    free(model);
}

const char *model_name(const struct model *model)
{
    return model->name;
}

const char *model_description(const struct model *model)
{
    return model->description;
}

struct slice model_text(const struct model *model)
{
    return model->text;
}

const char *model_definition_hash(const struct model *model)
{
    return model->hash;
}

const struct model_table *model_tables(const struct model *model, size_t *ret_count)
{
    *ret_count = model->table_count;
    return model->tables;
}

const struct model_query *model_queries(const struct model *model, size_t *ret_count)
{
    *ret_count = model->query_count;
    return model->queries;
}

void model_write_name(const char *name, struct text *out)
{
    text_add_char(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            text_add_char(out, '"');
        text_add_char(out, *name);
    }
    text_add_char(out, '"');
}

void model_write_select(const struct model_table *table, struct text *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(out, i == 0 ? "SELECT " : ", ");
        model_write_name(table->columns[i].name, out);
    }
    text_add(out, " FROM ");
    model_write_name(table->name, out);
}
