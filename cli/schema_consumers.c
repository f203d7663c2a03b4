/* annal schema consumers: which read model reads which field of which event, as far as the text of
 * its handlers shows. */
#include "cli/schema.h"

#include "base/json.h"
#include "cli/role.h"
#include "cli/table.h"
#include "read_model/event_fields.h"

#include <stdio.h>

struct collecting {
    struct consumers *consumers;
    const struct model *model;
};

static void collect(void *context, const struct event_field *field)
{
    struct collecting *collecting = context;
    struct consumers *consumers = collecting->consumers;
    if (consumers->count == consumers->capacity) {
        consumers->capacity = consumers->capacity ? consumers->capacity * 2 : 64;
        consumers->at = reallocarray(consumers->at, consumers->capacity, sizeof *consumers->at);
        REQUIRE(consumers->at);
    }
    struct consumer *consumer = &consumers->at[consumers->count++];
    *consumer = (struct consumer){strdup(field->type), strdup(field->pointer), collecting->model,
                                  field->line};
    REQUIRE(consumer->type && consumer->pointer);
}

static int compare(const void *left, const void *right)
{
    const struct consumer *a = left, *b = right;
    int order = strcmp(a->type, b->type);
    if (!order)
        order = strcmp(a->pointer, b->pointer);
    if (!order)
        order = strcmp(model_name(a->model), model_name(b->model));
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void finish_one(struct consumer *consumer)
{
    free(consumer->type);
    free(consumer->pointer);
}

static void drop_repeats(struct consumers *consumers)
{
    size_t kept = 0;
    for (size_t i = 0; i < consumers->count; i++) {
        if (kept > 0 && compare(&consumers->at[kept - 1], &consumers->at[i]) == 0)
            finish_one(&consumers->at[i]);
        else
            consumers->at[kept++] = consumers->at[i];
    }
    consumers->count = kept;
}

enum err consumers_collect(const struct models *models, const struct catalogue *catalogue,
                           struct consumers *consumers, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < models_count(models) && !err; i++) {
        struct collecting collecting = {consumers, models_at(models, i)};
        err = event_fields_each(collecting.model, catalogue, collect, &collecting, error);
    }
    if (consumers->count)
        qsort(consumers->at, consumers->count, sizeof *consumers->at, compare);
    drop_repeats(consumers);
    return err;
}

void consumers_finish(struct consumers *consumers)
{
    for (size_t i = 0; i < consumers->count; i++)
        finish_one(&consumers->at[i]);
    free(consumers->at);
    *consumers = (struct consumers){0};
}

static bool is_asked_for(const struct options *options, const char *type)
{
    for (size_t i = 1; i < options->argument_count; i++)
        if (text_matches(slice_of(type), slice_of(options->argument[i])))
            return true;
    return options->argument_count < 2;
}

static void print_json(const struct options *options, const struct consumers *consumers)
{
    AUTO(json) json_t *list = json_array();
    AUTO(text) struct text text = {0};
    for (size_t i = 0; i < consumers->count; i++)
        if (is_asked_for(options, consumers->at[i].type))
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:i}", "type", consumers->at[i].type, "field",
                                consumers->at[i].pointer, "model",
                                model_name(consumers->at[i].model), "line", consumers->at[i].line));
    json_write(list, &text);
    printf("%s\n", text.at);
}

static void print_table(const struct options *options, const struct consumers *consumers)
{
    static const char *const names[] = {"event type", "field", "read model", ">line"};
    AUTO(table) struct table table;
    table_init(&table, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < consumers->count; i++) {
        const struct consumer *consumer = &consumers->at[i];
        if (!is_asked_for(options, consumer->type))
            continue;
        table_add(&table, "%s", consumer->type);
        table_add(&table, "%s", consumer->pointer[0] ? consumer->pointer : "(all of it)");
        table_add(&table, "%s", model_name(consumer->model));
        table_add(&table, "%d", consumer->line);
    }
    table_print(&table);
}

enum err schema_consumers_run(const struct options *options, struct error *error)
{
    AUTO(catalogue) struct catalogue *catalogue = NULL;
    AUTO(models) struct models *models = NULL;
    AUTO(consumers) struct consumers consumers = {0};
    enum err err = role_open_catalogue(options, &catalogue, error);
    if (!err)
        err = role_open_models(options, catalogue, &models, error);
    if (!err)
        err = consumers_collect(models, catalogue, &consumers, error);
    if (err)
        return err;
    if (option_flag(options, OPTION_JSON))
        print_json(options, &consumers);
    else
        print_table(options, &consumers);
    return OK;
}
