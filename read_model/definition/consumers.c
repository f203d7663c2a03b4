/* A list that is sorted after the fields of all read models were added. */
#include "read_model/definition/consumers.h"

#include "base/array.h"
#include "read_model/definition/event_fields.h"

struct collecting {
    struct consumers *consumers;
    const struct model *model;
};

static char *copy(const char *string)
{
    char *copied = string ? strdup(string) : NULL;
    REQUIRE(!string == !copied);
    return copied;
}

static struct consumer *add(struct consumers *consumers, const char *type, const char *pointer,
                            const char *reader)
{
    struct consumer *added = ARRAY_ADD(consumers);
    *added =
        (struct consumer){.type = copy(type), .pointer = copy(pointer), .reader = copy(reader)};
    return added;
}

static void collect(void *context, const struct event_field *field)
{
    struct collecting *collecting = context;
    add(collecting->consumers, field->type, field->pointer, model_name(collecting->model))->line =
        field->line;
}

static int compare_pointers(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int compare(const void *left, const void *right)
{
    const struct consumer *a = left, *b = right;
    int order = strcmp(a->type, b->type);
    if (!order)
        order = compare_pointers(a->pointer, b->pointer);
    if (!order)
        order = strcmp(a->reader, b->reader);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void finish_one(struct consumer *consumer)
{
    free(consumer->type);
    free(consumer->pointer);
    free(consumer->reader);
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

void consumers_add_saga(struct consumers *consumers, const char *type, const char *saga)
{
    add(consumers, type, "", saga)->kind = CONSUMER_SAGA;
}

void consumers_finish(struct consumers *consumers)
{
    for (size_t i = 0; i < consumers->count; i++)
        finish_one(&consumers->at[i]);
    free(consumers->at);
    *consumers = (struct consumers){0};
}
