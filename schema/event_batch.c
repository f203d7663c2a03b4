/* Each event's texts lie one behind the other in one piece of the arena, each closed by a NUL.
 * Nothing here fails: running out of memory aborts.
 */
#include "schema/event_batch.h"

#include "base/error.h"

#define FIRST_CAPACITY 64

static struct event *next_event(struct event_batch *batch)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? batch->capacity * 2 : FIRST_CAPACITY;
        batch->events = reallocarray(batch->events, batch->capacity, sizeof *batch->events);
        REQUIRE(batch->events);
    }
    return &batch->events[batch->count++];
}

/* Moves the text to `*at`, and `*at` behind it. */
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
    struct event *copy = next_event(batch);
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
