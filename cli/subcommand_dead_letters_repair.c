/* annal dead-letters retry and skip: repairs, done by the worker that holds the model or here. */
#include "base/stop.h"
#include "cli/subcommand_dead_letters.h"
#include "operations/action.h"

#include <stdio.h>

static enum err retry_one(const char *data, const char *model, const char *stream,
                          struct error *error)
{
    enum err err = action_retry(data, model, stream, error);
    if (!err)
        printf("%s: %s is applied\n", model, stream);
    return err == ERR_POISON ? error_add_context(error, err, "%s is still parked", stream) : err;
}

static void keep_stream(void *context, const struct dead_letter *letter)
{
    struct text *stream = context;
    text_clear(stream);
    text_add_slice(stream, letter->stream);
}

/* Each parked stream in turn, however many there are; those that stay parked are told. */
static enum err retry_all(const char *data, const char *model, bool *ret_all, struct error *error)
{
    AUTO(text) struct text stream = {0};
    *ret_all = true;
    while (!stop_is_requested()) {
        AUTO(db) struct db *db = NULL;
        AUTO(text) struct text next = {0};
        struct error why = {0};
        enum err err = dead_letters_open_serving(data, model, &db, error);
        if (!err)
            err = dead_letters_list(db, text_slice(&stream), 1, keep_stream, &next, error);
        if (err || next.length == 0)
            return err;
        text_clear(&stream);
        text_add_slice(&stream, text_slice(&next));
        err = retry_one(data, model, stream.at, &why);
        if (err && err != ERR_POISON && err != ERR_NOT_FOUND) /* somebody else may have freed it */
            return error_set(error, err, "%s", why.text);
        if (err == ERR_POISON)
            fprintf(stderr, "%s\n", why.text);
        *ret_all = *ret_all && err != ERR_POISON;
    }
    return error_set(error, ERR_INTERRUPTED, "stopped");
}

enum err dead_letters_retry_run(const struct options *options, const char *model,
                                struct error *error)
{
    const char *data = options->value[OPTION_DATA];
    enum err err = OK;
    bool all = true;
    if (options->argument_count == 2)
        err = retry_all(data, model, &all, error);
    for (size_t i = 2; i < options->argument_count && !err; i++)
        err = retry_one(data, model, options->argument[i], error);
    return err || all ? err : error_set(error, ERR_FAILED, "%s", "");
}

enum err dead_letters_skip_run(const struct options *options, const char *model,
                               struct error *error)
{
    int64_t position;
    const char *reason = options->value[OPTION_REASON];
    if (options->argument_count != 4 || !reason[0])
        return error_set(error, ERR_USAGE, "skip wants MODEL STREAM POSITION --reason TEXT");
    const char *stream = options->argument[2];
    if (!slice_read_int(slice_of(options->argument[3]), &position) || position < 1)
        return error_set(error, ERR_USAGE, "%s is no position", options->argument[3]);
    enum err err = action_skip(options->value[OPTION_DATA], model, stream, position, reason, error);
    if (err == ERR_POISON)
        return error_add_context(error, err, "position %lld is skipped, but %s is still parked",
                                 (long long)position, stream);
    if (!err)
        printf("%s: position %lld is skipped, %s is applied\n", model, (long long)position, stream);
    return err;
}
