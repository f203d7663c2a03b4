#include "projectors/parked_event.h"

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

enum err parked_event_read(struct statement *first, struct slice stream, struct event_batch *batch,
                           struct error *error)
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

enum err parked_event_write(struct statement *add, const struct event *event, struct error *error)
{
    statement_bind_int(add, 1, event->position);
    statement_bind_text(add, 2, event->stream);
    statement_bind_int(add, 3, event->version);
    statement_bind_int(add, 4, event->time_us);
    statement_bind_text(add, 5, event->type);
    statement_bind_text(add, 6, event->id);
    statement_bind_text(add, 7, event->data);
    statement_bind_text(add, 8, event->meta);
    return statement_run(add, error);
}
