/* annal dead-letters show: one parked stream and the event it waits behind, with its data. */
#include "base/json.h"
#include "cli/subcommand_dead_letters.h"
#include "schema/cloudevent.h"

#include <stdio.h>

struct shown {
    const char *model;
    bool json;
};

static void print(void *context, const struct dead_letter *letter)
{
    const struct shown *shown = context;
    dead_letters_print(shown->model, letter, shown->json);
}

/* Two lines: the parked stream, then its poison event as a CloudEvent. */
enum err dead_letters_show_run(const struct options *options, const char *model,
                               struct error *error)
{
    AUTO(db) struct db *db = NULL;
    AUTO(event_batch) struct event_batch batch = {0};
    AUTO(text) struct text event = {0};
    struct shown shown = {model, option_flag(options, OPTION_JSON)};
    if (options->argument_count != 3)
        return error_set(error, ERR_USAGE, "show wants MODEL STREAM");
    struct slice stream = slice_of(options->argument[2]);
    enum err err = dead_letters_open_serving(options->value[OPTION_DATA], shown.model, &db, error);
    if (!err)
        err = dead_letters_list_event(db, stream, &batch, error);
    if (!err)
        err = dead_letters_list_one(db, stream, print, &shown, error);
    if (err)
        return error_add_context(error, err, "%s", shown.model);
    cloudevent_write(&batch.events[0], &event);
    printf("%s\n", event.at);
    return OK;
}
