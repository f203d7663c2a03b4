/* annal dead-letters: the streams that are parked because a read model cannot apply one of their events.
 * `list` and `show` read the model's file; `retry` and `skip` are executed by the process that holds the
 * model, or in this process if none does. */
#include "base/json.h"
#include "base/stop.h"
#include "cli/data_models.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/subcommand.h"
#include "operations/action.h"
#include "projectors/dead_letters_list.h"
#include "read_model/store/generation.h"
#include "schema/cloudevent.h"

#include <stdio.h>

#define PAGE 500

static enum err open_serving(const char *data, const char *model, struct db **ret_db,
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

static json_t *string_of(struct slice slice)
{
    return json_stringn(slice.at, slice.length);
}

static json_t *describe_parked(const char *model, const struct dead_letter *letter)
{
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:I, s:o, s:I}", "model", model, "stream",
                     string_of(letter->stream), "position", (json_int_t)letter->position, "type",
                     string_of(letter->type), "event_id", string_of(letter->event_id), "reason",
                     string_of(letter->reason), "tries", (json_int_t)letter->tries, "parked_at",
                     string_of(letter->parked_at), "behind", (json_int_t)letter->behind);
}

static void print_parked(const char *model, const struct dead_letter *letter, bool json)
{
    if (json)
        json_line_print(describe_parked(model, letter));
    else
        printf("%s  %.*s  parked at %lld by %.*s since %.*s, %lld behind it: %.*s\n", model,
               SLICE(letter->stream), (long long)letter->position, SLICE(letter->type),
               SLICE(letter->parked_at), (long long)letter->behind, SLICE(letter->reason));
}

struct listing {
    const char *model;
    bool json;
    int64_t rows; /* of this page */
    int64_t total;
    struct text stream; /* the last of the page */
    int64_t position;
};

static void list_parked(void *context, const struct dead_letter *letter)
{
    struct listing *listing = context;
    listing->rows++;
    listing->total++;
    text_clear(&listing->stream);
    text_add_slice(&listing->stream, letter->stream);
    print_parked(listing->model, letter, listing->json);
}

static void list_skipped(void *context, const struct skipped_event *skipped)
{
    struct listing *listing = context;
    listing->rows++;
    listing->total++;
    listing->position = skipped->position;
    if (listing->json)
        json_line_print(json_pack("{s:s, s:o, s:I, s:o, s:o, s:o}", "model", listing->model,
                                  "stream", string_of(skipped->stream), "position",
                                  (json_int_t)skipped->position, "type", string_of(skipped->type),
                                  "skipped_because", string_of(skipped->reason), "skipped_at",
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

static enum err list_model(const struct options *options, const char *model, int64_t *total,
                           struct error *error)
{
    AUTO(db) struct db *db = NULL;
    struct listing listing = {.model = model, .json = option_flag(options, OPTION_JSON)};
    enum err err = open_serving(options->value[OPTION_DATA], listing.model, &db, error);
    if (err == ERR_NOT_FOUND) /* not built: nothing is parked */
        return OK;
    if (!err)
        err = list_pages(db, &listing, error);
    text_finish(&listing.stream);
    *total += listing.total;
    return err ? error_add_context(error, err, "%s", listing.model) : OK;
}

static enum err list(const struct options *options, const json_t *models, struct error *error)
{
    enum err err = OK;
    int64_t total = 0;
    size_t i;
    json_t *model;
    json_array_foreach (models, i, model) {
        if (!err)
            err = list_model(options, json_string_value(model), &total, error);
    }
    if (!err && total == 0 && !option_flag(options, OPTION_JSON))
        printf("no stream is parked, no event was skipped\n");
    return err;
}

/* --- show: a parked stream and its poison event, with the data ------------------------ */

struct shown {
    const char *model;
    const struct event *event;
    bool json;
};

static void print_shown(void *context, const struct dead_letter *letter)
{
    const struct shown *shown = context;
    AUTO(text) struct text event = {0};
    cloudevent_write(shown->event, &event);
    if (shown->json) {
        json_t *json = describe_parked(shown->model, letter), *parsed = NULL;
        if (json_read(text_slice(&event), &parsed, NULL) == OK)
            json_object_set_new(json, "event", parsed);
        json_line_print(json);
    } else {
        print_parked(shown->model, letter, false);
        printf("%s\n", event.at);
    }
}

static enum err show(const struct options *options, const char *model, struct error *error)
{
    AUTO(db) struct db *db = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    struct shown shown = {model, NULL, option_flag(options, OPTION_JSON)};
    if (options->argument_count != 3)
        return error_set(error, ERR_USAGE, "show: missing argument: MODEL STREAM");
    struct slice stream = slice_of(options->argument[2]);
    enum err err = open_serving(options->value[OPTION_DATA], model, &db, error);
    if (!err)
        err = dead_letters_list_event(db, stream, &batch, error);
    if (!err) {
        shown.event = batch.events;
        err = dead_letters_list_one(db, stream, print_shown, &shown, error);
    }
    return err ? error_add_context(error, err, "%s", model) : OK;
}

/* --- retry and skip --------------------------------------------------------------------------- */

/* `skipped`: the position that was skipped before, or 0. */
static void print_applied(const struct options *options, const char *model, const char *stream,
                          int64_t skipped)
{
    if (option_flag(options, OPTION_JSON)) {
        json_t *json = json_pack("{s:s, s:o, s:b}", "model", model, "stream",
                                 json_line_string(stream), "applied", 1);
        if (skipped)
            json_object_set_new(json, "skipped", json_integer(skipped));
        json_line_print(json);
    } else if (skipped) {
        printf("%s: position %lld is skipped, %s is applied\n", model, (long long)skipped, stream);
    } else {
        printf("%s: %s is applied\n", model, stream);
    }
}

static enum err retry_one(const struct options *options, const char *model, const char *stream,
                          struct error *error)
{
    enum err err = action_retry(options->value[OPTION_DATA], model, stream, error);
    if (!err)
        print_applied(options, model, stream, 0);
    return err == ERR_POISON ? error_add_context(error, err, "%s is still parked", stream) : err;
}

static void keep_stream(void *context, const struct dead_letter *letter)
{
    struct text *stream = context;
    text_clear(stream);
    text_add_slice(stream, letter->stream);
}

/* All parked streams, one after the other. Streams that stay parked are reported. */
static enum err retry_all(const struct options *options, const char *model, bool *ret_all,
                          struct error *error)
{
    AUTO(text) struct text stream = {0};
    *ret_all = true;
    while (!stop_is_requested()) {
        AUTO(db) struct db *db = NULL;
        AUTO(text) struct text next = {0};
        struct error why = {0};
        enum err err = open_serving(options->value[OPTION_DATA], model, &db, error);
        if (!err)
            err = dead_letters_list(db, text_slice(&stream), 1, keep_stream, &next, error);
        if (err || next.length == 0)
            return err;
        text_clear(&stream);
        text_add_slice(&stream, text_slice(&next));
        err = retry_one(options, model, stream.at, &why);
        if (err && err != ERR_POISON &&
            err != ERR_NOT_FOUND) /* it may have been freed in the meantime */
            return error_set(error, err, "%s", why.text);
        if (err == ERR_POISON)
            fprintf(stderr, "%s\n", why.text);
        *ret_all = *ret_all && err != ERR_POISON;
    }
    return error_set(error, ERR_INTERRUPTED, "stopped");
}

static enum err retry(const struct options *options, const char *model, struct error *error)
{
    enum err err = OK;
    bool all = true;
    if (options->argument_count == 2)
        err = retry_all(options, model, &all, error);
    for (size_t i = 2; i < options->argument_count && !err; i++)
        err = retry_one(options, model, options->argument[i], error);
    return err || all ? err : error_set(error, ERR_FAILED, "%s", "");
}

static enum err skip(const struct options *options, const char *model, struct error *error)
{
    int64_t position;
    const char *reason = options->value[OPTION_REASON];
    if (options->argument_count != 4 || !reason[0])
        return error_set(error, ERR_USAGE,
                         "skip: missing argument: MODEL STREAM POSITION --reason TEXT");
    const char *stream = options->argument[2];
    if (!slice_read_int(slice_of(options->argument[3]), &position) || position < 1)
        return error_set(error, ERR_USAGE, "%s is not a position", options->argument[3]);
    enum err err = action_skip(options->value[OPTION_DATA], model, stream, position, reason, error);
    if (err == ERR_POISON)
        return error_add_context(error, err, "position %lld is skipped, but %s is still parked",
                                 (long long)position, stream);
    if (!err)
        print_applied(options, model, stream, position);
    return err;
}

static const struct {
    const char *name;
    enum err (*run)(const struct options *options, const char *model, struct error *error);
} actions[] = {
    {"show", show},
    {"retry", retry},
    {"skip", skip},
};
#define ACTION_COUNT (sizeof actions / sizeof *actions)

/* The definitions are not needed: the files in DATA contain them. */
static enum err run(const struct options *options, struct error *error)
{
    AUTO(json) json_t *models = NULL;
    const char *name = options->argument_count ? options->argument[0] : "list";
    bool is_list = strcmp(name, "list") == 0;
    size_t named = options->argument_count > 1 ? options->argument_count - 1 : 0, action = 0;
    while (!is_list && action < ACTION_COUNT && strcmp(name, actions[action].name) != 0)
        action++;
    if (action == ACTION_COUNT)
        return error_set(error, ERR_USAGE,
                         "unknown action %s; the actions are list, show, retry and skip", name);
    if (!is_list && named == 0)
        return error_set(error, ERR_USAGE, "%s: missing argument: MODEL", name);
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
    .more =
        "  annal dead-letters [list [MODEL...]]        list parked streams and skipped events\n"
        "  annal dead-letters show MODEL STREAM        show a parked stream and the event that\n"
        "                                              could not be applied\n"
        "  annal dead-letters retry MODEL [STREAM...]  apply the parked events, in order\n"
        "  annal dead-letters skip MODEL STREAM POSITION --reason TEXT\n"
        "                                              skip the event in this and all later\n"
        "                                              generations; apply the events after it\n"
        "\n"
        "The exit status of retry and skip is 1 if the stream stays parked.",
    .most_arguments = ARGUMENTS_MOST,
    .options = options,
    .run = run,
};
