/* A copy is laid out as the events, and after them all texts. */
#include "event_store/command_answer.h"

#include <string.h>

static size_t text_bytes(const struct command_answer *answer)
{
    size_t bytes = answer->correlation_id.length + answer->stream.length + answer->detail.length +
                   answer->trace_id.length;
    for (size_t i = 0; i < answer->event_count; i++)
        bytes += answer->events[i].id.length + answer->events[i].type.length;
    return bytes;
}

/* Copies the text to *at and advances *at. */
static struct slice place(struct slice text, char **at)
{
    struct slice copy = {*at, text.length};
    if (text.length)
        memcpy(*at, text.at, text.length);
    *at += text.length;
    return copy;
}

static size_t bytes_of(const struct command_answer *answer)
{
    return answer->event_count * sizeof *answer->events + text_bytes(answer);
}

struct command_answer command_answer_copy(const struct command_answer *answer, struct arena *arena)
{
    struct command_answer copy = *answer;
    struct answered_event *events = arena_allocate(arena, bytes_of(answer) + 1);
    char *at = (char *)(events + answer->event_count);
    for (size_t i = 0; i < answer->event_count; i++)
        events[i] =
            (struct answered_event){place(answer->events[i].id, &at),
                                    place(answer->events[i].type, &at), answer->events[i].position};
    copy.events = events;
    copy.correlation_id = place(answer->correlation_id, &at);
    copy.stream = place(answer->stream, &at);
    copy.detail = place(answer->detail, &at);
    copy.trace_id = place(answer->trace_id, &at);
    return copy;
}
