/* The texts of an event are contiguous in the arena, each terminated by NUL. Running out of memory
 * aborts.
 */
#include "schema/event_batch.h"

#include "base/array.h"

/* Copies the text to `*at`, and advances `*at`. */
static void move_text(struct slice *text, char **at)
{
    if (text->length)
        memcpy(*at, text->at, text->length);
    text->at = *at;
    *at += text->length;
    *(*at)++ = '\0';
}

struct event *event_batch_add(struct event_batch *batch, const struct event *event)
{
    batch->events =
        array_grow(batch->events, batch->count, &batch->capacity, sizeof *batch->events);
    struct event *copy = &batch->events[batch->count++];
    *copy = *event;
    struct slice *texts[] = {&copy->stream, &copy->type, &copy->id, &copy->data, &copy->meta};
    size_t count = sizeof texts / sizeof *texts, bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += texts[i]->length;
    char *at = arena_allocate(&batch->arena, bytes + count);
    for (size_t i = 0; i < count; i++)
        move_text(texts[i], &at);
    batch->bytes += bytes;
    return copy;
}

void event_batch_clear(struct event_batch *batch)
{
    batch->count = batch->bytes = 0;
    arena_clear(&batch->arena);
}

void event_batch_finish(struct event_batch *batch)
{
    free(batch->events);
    arena_finish(&batch->arena);
    *batch = (struct event_batch){0};
}
