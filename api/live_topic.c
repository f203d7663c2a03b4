/* A topic's answer, rendered once and handed to each of its listeners. */
#include "api/live_private.h"

size_t live_topic_model(const struct live *live, const struct live_topic *topic)
{
    const struct models *models = read_side_models(live->side);
    size_t i = 0;
    while (models_at(models, i) != topic->question.model)
        i++;
    return i;
}

static struct live_message *make_message(const struct live_topic *topic)
{
    struct live_message *message = calloc(1, sizeof *message);
    REQUIRE(message);
    atomic_store(&message->holders, 1);
    text_printf(&message->text, "id: %lld\ndata: ", (long long)topic->position);
    text_add_slice(&message->text, text_slice(&topic->body));
    text_add(&message->text, "\n\n");
    return message;
}

void live_message_release(struct live_message *message)
{
    if (!message || atomic_fetch_sub(&message->holders, 1) > 1)
        return;
    text_finish(&message->text);
    free(message);
}

void live_topic_send(struct live_topic *topic, bool only_new)
{
    struct live_message *message = make_message(topic);
    topic->wanted = false;
    for (struct live_listener *each = topic->listeners; each; each = each->next) {
        if (only_new && !each->wants_first)
            continue;
        live_message_release(each->pending);
        atomic_fetch_add(&message->holders, 1);
        each->pending = message;
        each->wants_first = false;
        event_stream_wake(&each->stream);
    }
    live_message_release(message);
}

void live_topic_take(struct live_topic *topic, int64_t position, struct slice body)
{
    bool same = topic->position >= 0 && slice_equal(text_slice(&topic->body), body);
    topic->position = position;
    if (same && !topic->wanted)
        return;
    text_clear(&topic->body);
    text_add_slice(&topic->body, body);
    live_topic_send(topic, same);
}

void live_topic_end(struct live_topic *topic)
{
    topic->ended = true;
    for (struct live_listener *each = topic->listeners; each; each = each->next)
        event_stream_wake(&each->stream);
}

void live_topic_free(struct live_topic *topic)
{
    text_finish(&topic->body);
    arena_finish(&topic->arena);
    free(topic);
}
