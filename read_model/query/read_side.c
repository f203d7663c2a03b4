/* Opens and closes the read side; its definitions and positions. */
#include "read_model/query/read_side_private.h"

#define TIME_LIMIT_DEFAULT_MS 2000
#define BODY_BYTES_USUAL      1000 /* so that the usual answer is one allocation */

static void make_floors(struct read_side *side)
{
    size_t count = models_count(side->models);
    side->floors = calloc(count + 1, sizeof *side->floors);
    side->positions = calloc(count + 1, sizeof(struct metric_series *));
    REQUIRE(side->floors && side->positions);
    for (size_t i = 0; i < count; i++) {
        reader_floor_init(&side->floors[i]);
        side->positions[i] =
            metric_series(METRIC_MODEL_POSITION, model_name(models_at(side->models, i)));
    }
}

/* A model that cannot be read keeps the position last seen. */
static void read_positions(void *context)
{
    struct read_side *side = context;
    for (size_t i = 0; i < models_count(side->models); i++) {
        int64_t position; /* read_side_position() sets the metric */
        (void)!read_side_position(side, models_at(side->models, i), &position, NULL);
    }
}

enum err read_side_open(const struct read_side_options *options, struct read_side **ret_side,
                        struct error *error)
{
    struct read_side *side = calloc(1, sizeof *side);
    REQUIRE(side);
    if (pthread_key_create(&side->reader_of_thread, reader_close) != 0) {
        free(side);
        return error_set(error, ERR_INTERNAL, "read side: cannot create a thread-local key");
    }
    side->data_directory = strdup(options->data_directory);
    REQUIRE(side->data_directory && pthread_mutex_init(&side->lock, NULL) == 0);
    side->models = options->models;
    side->time_limit_ms =
        options->query_time_limit_ms ? options->query_time_limit_ms : TIME_LIMIT_DEFAULT_MS;
    side->row_reads = metric_series(METRIC_QUERIES, "row");
    side->list_reads = metric_series(METRIC_QUERIES, "list");
    side->query_reads = metric_series(METRIC_QUERIES, "named");
    read_find_init_tables(&side->tables, side->models);
    read_find_init_queries(&side->queries, side->models);
    make_floors(side);
    reader_start_janitor(side);
    metrics_collect(read_positions, side);
    *ret_side = side;
    return OK;
}

void read_side_close(struct read_side *side)
{
    if (!side)
        return;
    metrics_forget(side);
    reader_stop_janitor(side);
    pthread_key_delete(side->reader_of_thread);
    reader_close_all(side);
    for (size_t i = 0; i < models_count(side->models); i++)
        reader_floor_finish(&side->floors[i]);
    free(side->floors);
    free(side->positions);
    read_find_finish(&side->tables);
    read_find_finish(&side->queries);
    pthread_mutex_destroy(&side->lock);
    free(side->data_directory);
    free(side);
}

const struct models *read_side_models(const struct read_side *side)
{
    return side->models;
}

void read_answer_finish(struct read_answer *answer)
{
    text_finish(&answer->body);
    text_finish(&answer->next);
}

void read_side_each_definition(struct read_side *side, read_definition_fn *each, void *context)
{
    for (size_t i = 0; i < models_count(side->models); i++) {
        AUTO(reader_turn) struct reader_turn turn = {0};
        enum err err = reader_begin(side, i, false, &turn, NULL);
        each(context, err ? models_at(side->models, i) : turn.snapshot->definition);
    }
}

void read_side_clear_answer(struct read_answer *answer, const struct read_snapshot *snapshot)
{
    text_clear(&answer->body);
    text_reserve(&answer->body, BODY_BYTES_USUAL);
    text_clear(&answer->next);
    answer->etag[0] = '\0';
    answer->has_count = answer->settled = false;
    answer->position = snapshot->position;
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
    return reader_floor_position(&side->floors[index_of(side->models, model)]) > 0;
}

enum err read_side_position(struct read_side *side, const struct model *model,
                            int64_t *ret_position, struct error *error)
{
    AUTO(reader_turn) struct reader_turn turn = {0};
    enum err err = reader_begin(side, index_of(side->models, model), true, &turn, error);
    if (err == ERR_NOT_READY) {
        *ret_position = 0;
        return OK;
    }
    if (err)
        return err;
    *ret_position = turn.snapshot->position;
    return OK;
}
