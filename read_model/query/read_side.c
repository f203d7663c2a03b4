/* Opens and closes the read side; its definitions and positions. */
#include "read_model/query/read_side_private.h"

#define TIME_LIMIT_DEFAULT_MS 2000

/* A model that cannot be read keeps the position last seen. */
static void read_positions(void *context)
{
    struct read_side *side = context;
    for (size_t i = 0; i < models_count(side->readers.models); i++) {
        int64_t position; /* read_side_position() sets the metric */
        (void)!read_side_position(side, models_at(side->readers.models, i), &position, NULL);
    }
}

enum err read_side_open(const struct read_side_options *options, struct read_side **ret_side,
                        struct error *error)
{
    struct read_side *side = calloc(1, sizeof *side);
    REQUIRE(side);
    enum err err = reader_open_all(&side->readers, options->data_directory, options->models, error);
    if (err) {
        free(side);
        return err;
    }
    side->time_limit_ms =
        options->query_time_limit_ms ? options->query_time_limit_ms : TIME_LIMIT_DEFAULT_MS;
    side->row_reads = metric_series(METRIC_QUERIES, "row");
    side->list_reads = metric_series(METRIC_QUERIES, "list");
    side->query_reads = metric_series(METRIC_QUERIES, "named");
    read_find_init(&side->catalogue, &side->readers);
    metrics_collect(read_positions, side);
    *ret_side = side;
    return OK;
}

void read_side_close(struct read_side *side)
{
    if (!side)
        return;
    metrics_forget(side);
    read_find_finish(&side->catalogue);
    reader_close_all(&side->readers);
    free(side);
}

const struct models *read_side_models(const struct read_side *side)
{
    return side->readers.models;
}

void read_side_each_definition(struct read_side *side, read_definition_fn *each, void *context)
{
    for (size_t i = 0; i < models_count(side->readers.models); i++) {
        AUTO(reader_turn) struct reader_turn turn = {0};
        enum err err = reader_begin(&side->readers, i, false, &turn, NULL);
        each(context, err ? models_at(side->readers.models, i) : turn.snapshot->definition);
    }
}

static size_t index_of(const struct models *models, const struct model *model)
{
    size_t i = 0;
    while (i < models_count(models) && models_at(models, i) != model)
        i++;
    REQUIRE(i < models_count(models));
    return i;
}

bool read_side_has_shown(struct read_side *side, const struct model *model)
{
    return reader_floor_position(&side->readers.floors[index_of(side->readers.models, model)]) > 0;
}

enum err read_side_position(struct read_side *side, const struct model *model,
                            int64_t *ret_position, struct error *error)
{
    AUTO(reader_turn) struct reader_turn turn = {0};
    enum err err =
        reader_begin(&side->readers, index_of(side->readers.models, model), true, &turn, error);
    if (err == ERR_NOT_READY) {
        *ret_position = 0;
        return OK;
    }
    if (err)
        return err;
    *ret_position = turn.snapshot->position;
    return OK;
}
