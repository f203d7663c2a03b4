#include "cli/send_sequence.h"

#include <search.h>

struct busy_stream {
    char *name;
    struct send_command *first, *last; /* that wait behind the one under way */
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct busy_stream *)a)->name, ((const struct busy_stream *)b)->name);
}

static struct busy_stream *find(struct send_sequence *sequence, char *name)
{
    struct busy_stream wanted = {.name = name};
    struct busy_stream **found = tfind(&wanted, &sequence->streams, compare);
    return found ? *found : NULL;
}

static void add(struct send_sequence *sequence, const char *name)
{
    struct busy_stream *stream = calloc(1, sizeof *stream);
    REQUIRE(stream);
    stream->name = strdup(name);
    REQUIRE(stream->name && tsearch(stream, &sequence->streams, compare));
}

bool send_sequence_may_go(struct send_sequence *sequence, struct send_command *take_command)
{
    if (!take_command->stream)
        return true;
    struct busy_stream *stream = find(sequence, take_command->stream);
    if (!stream) {
        add(sequence, take_command->stream);
        return true;
    }
    take_command->next = NULL;
    if (stream->last)
        stream->last->next = take_command;
    else
        stream->first = take_command;
    stream->last = take_command;
    sequence->waiting++;
    return false;
}

struct send_command *send_sequence_done(struct send_sequence *sequence,
                                        const struct send_command *command)
{
    struct busy_stream *stream = command->stream ? find(sequence, command->stream) : NULL;
    if (!stream)
        return NULL;
    struct send_command *next = stream->first;
    if (next) {
        stream->first = next->next;
        if (!stream->first)
            stream->last = NULL;
        sequence->waiting--;
        return next;
    }
    tdelete(stream, &sequence->streams, compare);
    free(stream->name);
    free(stream);
    return NULL;
}
