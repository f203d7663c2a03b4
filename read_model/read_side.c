/* Opening and closing, and finding what a name belongs to. Reading is in read_row.c, read_list.c,
 * read_query.c and read_position.c; whose turn it is, in reader.c. */
#include "read_model/janitor.h"
#include "read_model/reader.h"

#define TIME_LIMIT_DEFAULT_MS 2000
#define BODY_BYTES_USUAL      1000 /* so that the usual answer is one allocation */

static void make_floors(struct read_side *side)
{
    size_t count = models_count(side->models);
    side->floors = calloc(count + 1, sizeof *side->floors);
    side->positions = calloc(count + 1, sizeof(struct metric_series *));
    REQUIRE(side->floors && side->positions);
    for (size_t i = 0; i < count; i++) {
        position_floor_init(&side->floors[i]);
        side->positions[i] =
            metric_series(METRIC_MODEL_POSITION, model_name(models_at(side->models, i)));
    }
}

enum err read_side_open(const struct read_side_options *options, struct read_side **ret_side,
                        struct error *error)
{
    struct read_side *side = calloc(1, sizeof *side);
    REQUIRE(side);
    if (pthread_key_create(&side->reader_of_thread, reader_close) != 0) {
        free(side);
        return error_set(error, ERR_INTERNAL, "read side: no thread-local key is left");
    }
    side->data_directory = strdup(options->data_directory);
    REQUIRE(side->data_directory && pthread_mutex_init(&side->lock, NULL) == 0);
    side->models = options->models;
    side->time_limit_ms =
        options->query_time_limit_ms ? options->query_time_limit_ms : TIME_LIMIT_DEFAULT_MS;
    side->row_reads = metric_series(METRIC_QUERIES, "row");
    side->list_reads = metric_series(METRIC_QUERIES, "list");
    side->query_reads = metric_series(METRIC_QUERIES, "named");
    read_names_init_tables(&side->tables, side->models);
    read_names_init_queries(&side->queries, side->models);
    make_floors(side);
    janitor_start(side);
    *ret_side = side;
    return OK;
}

void read_side_close(struct read_side *side)
{
    if (!side)
        return;
    janitor_stop(side);
    pthread_key_delete(side->reader_of_thread);
    reader_close_all(side);
    for (size_t i = 0; i < models_count(side->models); i++)
        position_floor_finish(&side->floors[i]);
    free(side->floors);
    free(side->positions);
    read_names_finish(&side->tables);
    read_names_finish(&side->queries);
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

const struct model *read_side_model_of_table(const struct read_side *side, const char *table,
                                             const char **nearest)
{
    const struct read_name *name = read_names_find(&side->tables, table, nearest);
    return name ? models_at(side->models, name->model) : NULL;
}

const struct model *read_side_model_of_query(const struct read_side *side, const char *query,
                                             const char **nearest)
{
    const struct read_name *name = read_names_find(&side->queries, query, nearest);
    return name ? models_at(side->models, name->model) : NULL;
}

static enum err find(const struct read_names *names, const char *what, const char *name,
                     const struct read_name **ret_name, struct error *error)
{
    const char *nearest = NULL;
    const struct read_name *found = read_names_find(names, name, NULL);
    if (!found) {
        (void)read_names_find(names, name, &nearest);
        struct slice shown = text_cut(slice_of(name), 60);
        return error_set(error, ERR_NOT_FOUND, "there is no %s \"%.*s\"%s%s%s", what, SLICE(shown),
                         nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                         nearest ? "\"?" : "");
    }
    *ret_name = found;
    return OK;
}

enum err read_side_find_table(const struct read_side *side, const char *table,
                              const struct read_name **ret_name, struct error *error)
{
    return find(&side->tables, "table", table, ret_name, error);
}

enum err read_side_find_query(const struct read_side *side, const char *query,
                              const struct read_name **ret_name, struct error *error)
{
    return find(&side->queries, "query", query, ret_name, error);
}

void read_side_clear_answer(struct read_answer *answer, const struct snapshot *snapshot)
{
    text_clear(&answer->body);
    text_reserve(&answer->body, BODY_BYTES_USUAL);
    text_clear(&answer->next);
    answer->etag[0] = '\0';
    answer->position = snapshot->position;
    answer->model = model_name(snapshot->model);
}
