#include "projectors/dead_letters_list.h"

#include "base/statement.h"
#include "projectors/dead_letter_statements.h"

static enum err give_each(struct statement *list, dead_letter_fn *each, void *context,
                          struct error *error)
{
    for (bool row = true;;) {
        enum err err = statement_step(list, &row, error);
        if (err || !row)
            return err;
        each(context, &(struct dead_letter){
                          .stream = statement_text(list, 0),
                          .position = statement_int(list, 1),
                          .type = statement_text(list, 2),
                          .event_id = statement_text(list, 3),
                          .reason = statement_text(list, 4),
                          .tries = statement_int(list, 5),
                          .parked_at = statement_text(list, 6),
                          .behind = statement_int(list, 7),
                      });
    }
}

enum err dead_letters_list(struct db *db, struct slice after_stream, int64_t limit,
                           dead_letter_fn *each, void *context, struct error *error)
{
    AUTO(statement) struct statement *list = NULL;
    enum err err = statement_prepare(
        db, dead_letter_statements[DEAD_LETTER_STATEMENT_DEAD_LETTER_LIST].text, &list, error);
    if (err)
        return err;
    statement_bind_text(list, 1, after_stream);
    statement_bind_int(list, 2, limit);
    return give_each(list, each, context, error);
}

enum err dead_letters_list_one(struct db *db, struct slice stream, dead_letter_fn *each,
                               void *context, struct error *error)
{
    AUTO(statement) struct statement *one = NULL;
    enum err err = statement_prepare(
        db, dead_letter_statements[DEAD_LETTER_STATEMENT_DEAD_LETTER_ONE].text, &one, error);
    if (err)
        return err;
    statement_bind_text(one, 1, stream);
    return give_each(one, each, context, error);
}

static void add_event(const struct statement *row, struct event_batch *batch)
{
    event_batch_add(batch, &(struct event){
                               .position = statement_int(row, 0),
                               .stream = statement_text(row, 1),
                               .version = statement_int(row, 2),
                               .time_us = statement_int(row, 3),
                               .type = statement_text(row, 4),
                               .id = statement_text(row, 5),
                               .data = statement_text(row, 6),
                               .meta = statement_text(row, 7),
                           });
}

enum err dead_letters_list_first_parked(struct statement *first, struct slice stream,
                                        struct event_batch *batch, struct error *error)
{
    bool row = false;
    event_batch_clear(batch);
    statement_bind_text(first, 1, stream);
    enum err err = statement_step(first, &row, error);
    if (!err && row)
        add_event(first, batch);
    statement_reset(first);
    return err;
}

enum err dead_letters_list_event(struct db *db, struct slice stream, struct event_batch *batch,
                                 struct error *error)
{
    AUTO(statement) struct statement *first = NULL;
    enum err err = statement_prepare(
        db, dead_letter_statements[DEAD_LETTER_STATEMENT_PARKED_FIRST].text, &first, error);
    if (!err)
        err = dead_letters_list_first_parked(first, stream, batch, error);
    if (!err && batch->count == 0)
        err = error_set(error, ERR_NOT_FOUND, "the stream %.*s is not parked", SLICE(stream));
    return err;
}

enum err dead_letters_list_skipped(struct db *db, int64_t after, int64_t limit,
                                   skipped_event_fn *each, void *context, struct error *error)
{
    AUTO(statement) struct statement *list = NULL;
    enum err err = statement_prepare(
        db, dead_letter_statements[DEAD_LETTER_STATEMENT_SKIPPED_LIST].text, &list, error);
    if (err)
        return err;
    statement_bind_int(list, 1, after);
    statement_bind_int(list, 2, limit);
    for (bool row = true;;) {
        err = statement_step(list, &row, error);
        if (err || !row)
            return err;
        each(context, &(struct skipped_event){
                          .position = statement_int(list, 0),
                          .stream = statement_text(list, 1),
                          .type = statement_text(list, 2),
                          .reason = statement_text(list, 3),
                          .skipped_at = statement_text(list, 4),
                      });
    }
}
