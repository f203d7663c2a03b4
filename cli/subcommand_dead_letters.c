/* annal dead-letters: the streams that read models could not go on with, and what to do with them.
 * Looking reads the model's file; repairing is done by whoever holds it. */
#include "cli/subcommand_dead_letters.h"

#include "base/json.h"
#include "cli/data_models.h"
#include "cli/subcommand.h"
#include "read_model/store/generation.h"

#include <stdio.h>

#define PAGE 500

enum err dead_letters_open_serving(const char *data, const char *model, struct db **ret_db,
                                   struct error *error)
{
    AUTO(text) struct text path = {0};
    int64_t number;
    enum err err = generation_current(data, model, &number, error);
    if (!err && number == 0)
        err = error_set(error, ERR_NOT_FOUND, "%s has not been built yet", model);
    if (err)
        return err;
    generation_path(data, model, number, &path);
    err = db_open_reader(path.at, DB_READ_MODEL, ret_db, error);
    return err == ERR_NOT_FOUND ? error_add_context(error, ERR_CORRUPT,
                                                    "the file of the generation that serves is "
                                                    "missing; `annal rebuild %s`",
                                                    model)
                                : err;
}

static void print_json(json_t *take_json)
{
    AUTO(json) json_t *json = take_json;
    AUTO(text) struct text line = {0};
    json_write(json, &line);
    printf("%s\n", line.at);
}

static json_t *string_of(struct slice slice)
{
    return json_stringn(slice.at, slice.length);
}

void dead_letters_print(const char *model, const struct dead_letter *letter, bool json)
{
    if (json)
        print_json(
            json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:I, s:o, s:I}", "model", model, "stream",
                      string_of(letter->stream), "position", (json_int_t)letter->position, "type",
                      string_of(letter->type), "event_id", string_of(letter->event_id), "reason",
                      string_of(letter->reason), "tries", (json_int_t)letter->tries, "parked_at",
                      string_of(letter->parked_at), "behind", (json_int_t)letter->behind));
    else
        printf("%s  %.*s  parked at %lld by %.*s since %.*s, %lld behind it: %.*s\n", model,
               SLICE(letter->stream), (long long)letter->position, SLICE(letter->type),
               SLICE(letter->parked_at), (long long)letter->behind, SLICE(letter->reason));
}

struct listing {
    const char *model;
    bool json;
    int64_t rows;       /* of the present page */
    struct text stream; /* the last one of it */
    int64_t position;
};

static void list_parked(void *context, const struct dead_letter *letter)
{
    struct listing *listing = context;
    listing->rows++;
    text_clear(&listing->stream);
    text_add_slice(&listing->stream, letter->stream);
    dead_letters_print(listing->model, letter, listing->json);
}

static void list_skipped(void *context, const struct skipped_event *skipped)
{
    struct listing *listing = context;
    listing->rows++;
    listing->position = skipped->position;
    if (listing->json)
        print_json(json_pack("{s:s, s:o, s:I, s:o, s:o, s:o}", "model", listing->model, "stream",
                             string_of(skipped->stream), "position", (json_int_t)skipped->position,
                             "type", string_of(skipped->type), "skipped_because",
                             string_of(skipped->reason), "skipped_at",
                             string_of(skipped->skipped_at)));
    else
        printf("%s  %.*s  skipped at %lld, %.*s, on %.*s: %.*s\n", listing->model,
               SLICE(skipped->stream), (long long)skipped->position, SLICE(skipped->type),
               SLICE(skipped->skipped_at), SLICE(skipped->reason));
}

static enum err list_pages(struct db *db, struct listing *listing, struct error *error)
{
    enum err err = OK;
    do {
        listing->rows = 0;
        AUTO(text) struct text after = listing->stream;
        listing->stream = (struct text){0};
        err = dead_letters_list(db, text_slice(&after), PAGE, list_parked, listing, error);
    } while (!err && listing->rows == PAGE);
    do {
        listing->rows = 0;
        if (!err)
            err = dead_letters_list_skipped(db, listing->position, PAGE, list_skipped, listing,
                                            error);
    } while (!err && listing->rows == PAGE);
    return err;
}

static enum err list_model(const struct options *options, const char *model, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    struct listing listing = {model, option_flag(options, OPTION_JSON), 0, {0}, 0};
    enum err err =
        dead_letters_open_serving(options->value[OPTION_DATA], listing.model, &db, error);
    if (err == ERR_NOT_FOUND) /* not built: nothing is parked */
        return OK;
    if (!err)
        err = list_pages(db, &listing, error);
    text_finish(&listing.stream);
    return err ? error_add_context(error, err, "%s", listing.model) : OK;
}

static enum err list(const struct options *options, const json_t *models, struct error *error)
{
    enum err err = OK;
    size_t i;
    json_t *model;
    json_array_foreach (models, i, model) {
        if (!err)
            err = list_model(options, json_string_value(model), error);
    }
    return err;
}

static const struct {
    const char *name;
    enum err (*run)(const struct options *options, const char *model, struct error *error);
} actions[] = {
    {"show", dead_letters_show_run},
    {"retry", dead_letters_retry_run},
    {"skip", dead_letters_skip_run},
};
#define ACTION_COUNT (sizeof actions / sizeof *actions)

/* The models named, or all, are those with files in DATA: each file has what is needed. */
static enum err run(const struct options *options, struct error *error)
{
    AUTO(json) json_t *models = NULL;
    const char *name = options->argument_count ? options->argument[0] : "list";
    bool is_list = strcmp(name, "list") == 0;
    size_t named = options->argument_count > 1 ? options->argument_count - 1 : 0, action = 0;
    while (!is_list && action < ACTION_COUNT && strcmp(name, actions[action].name) != 0)
        action++;
    if (action == ACTION_COUNT)
        return error_set(error, ERR_USAGE, "%s: it is list, show, retry or skip", name);
    if (!is_list && named == 0)
        return error_set(error, ERR_USAGE, "%s wants MODEL", name);
    enum err err = data_models_choose(options->value[OPTION_DATA], &options->argument[1],
                                      is_list ? named : 1, &models, error);
    if (err)
        return err;
    return is_list ? list(options, models, error)
                   : actions[action].run(options, options->argument[1], error);
}

static const enum option options[] = {OPTION_DATA, OPTION_DOMAIN, OPTION_REASON,
                                      OPTION_JSON, OPTION_HELP,   OPTION_COUNT};

const struct subcommand subcommand_dead_letters = {
    .name = "dead-letters",
    .arguments = "[ACTION...]",
    .summary = "list, show, retry and skip events that could not be applied",
    .more = "  annal dead-letters [list [MODEL...]]      parked streams and skipped events, a line "
            "each\n"
            "  annal dead-letters show MODEL STREAM      one, and the event it waits behind\n"
            "  annal dead-letters retry MODEL [STREAM...] tries again what is parked, in order\n"
            "  annal dead-letters skip MODEL STREAM POSITION --reason TEXT\n"
            "                                            does without that event, in this and all "
            "later\n"
            "                                            generations, and goes on behind it\n\n"
            "The exit status of retry and skip is 1 if the stream stays parked.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
