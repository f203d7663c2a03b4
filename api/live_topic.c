/* A topic's answer is rendered once and shared by its listeners. Everything here is under the mutex. */
#include "api/live_private.h"
#include "base/clock.h"
#include "http/http_server.h"

#define STUCK_MS 2000

size_t live_topic_model(const struct live *live, const struct live_topic *topic)
{
    const struct models *models = read_side_models(live->side);
    size_t i = 0;
    while (models_at(models, i) != topic->question.model)
        i++;
    return i;
}

void live_message_release(struct live *live, struct live_message *message)
{
    if (!message || --message->holders > 0)
        return;
    live->sending_bytes -= message->counted_bytes;
    text_finish(&message->text);
    free(message);
}

/* --- memory ----------------------------------------------------------------------------------- */

/* http_budget.h counts what each connection holds, so it does not fit here: all listeners of a topic
 * share a message, which is counted once and freed only when the slowest has received it. The slowest
 * is cut, whatever its address. */

static bool holds_much(const struct live_message *message)
{
    return message && message->counted_bytes > 0;
}

static void find_stuck(const struct live_topic *topic, int64_t until_ms,
                       struct live_listener **stuck)
{
    for (struct live_listener *each = topic->listeners.first; each; each = each->next) {
        int64_t least_ms = *stuck ? (*stuck)->stream.moved_ms : until_ms;
        if ((holds_much(each->sending) || holds_much(each->pending)) &&
            each->stream.moved_ms < least_ms)
            *stuck = each;
    }
}

/* Closes the listener that has received nothing for longest. False if all have received something within
 * STUCK_MS. */
static bool cut_stuck(struct live *live)
{
    struct live_listener *stuck = NULL;
    int64_t until_ms = clock_monotonic_ms() - STUCK_MS;
    for (const struct live_topic *topic = live->topics.first; topic; topic = topic->next)
        find_stuck(topic, until_ms, &stuck);
    if (!stuck)
        return false;
    live_message_release(live, stuck->sending);
    live_message_release(live, stuck->pending);
    stuck->sending = stuck->pending = NULL;
    stuck->cut = true;
    metric_add(live->cuts, 1);
    http_server_cut(stuck->stream.request);
    return true;
}

static bool free_bytes(struct live *live, size_t bytes)
{
    while (live->sending_bytes + bytes > live->answer_most_bytes * LIVE_SENDING_MOST)
        if (!cut_stuck(live))
            return false;
    return true;
}

/* --- sending ---------------------------------------------------------------------------------- */

/* NULL if it does not fit. */
static struct live_message *make_message(struct live *live, const struct live_topic *topic,
                                         struct slice body)
{
    size_t counted_bytes = body.length > LIVE_SMALL_BYTES ? body.length : 0;
    if (counted_bytes && !free_bytes(live, counted_bytes))
        return NULL;
    struct live_message *message = calloc(1, sizeof *message);
    REQUIRE(message);
    *message = (struct live_message){.holders = 1, .counted_bytes = counted_bytes};
    live->sending_bytes += counted_bytes;
    text_reserve(&message->text, body.length + 40);
    text_printf(&message->text, "id: %lld\ndata: ", (long long)topic->position);
    text_add_slice(&message->text, body);
    text_add(&message->text, "\n\n");
    text_fit(&message->text);
    return message;
}

static void send(struct live *live, struct live_topic *topic, struct live_message *message)
{
    topic->wanted = false;
    for (struct live_listener *each = topic->listeners.first; each; each = each->next) {
        if (!each->wants || each->cut)
            continue;
        live_message_release(live, each->pending);
        message->holders++;
        each->pending = message;
        each->wants = false;
        event_stream_wake(&each->stream);
    }
}

void live_topic_send_kept(struct live *live, struct live_topic *topic)
{
    send(live, topic, topic->kept);
}

/* The answer has changed: pending messages are out of date. */
static void want_all(struct live *live, struct live_topic *topic)
{
    live_message_release(live, topic->kept);
    topic->kept = NULL;
    topic->wanted = true;
    for (struct live_listener *each = topic->listeners.first; each; each = each->next) {
        live_message_release(live, each->pending);
        each->pending = NULL;
        each->wants = true;
    }
}

static bool is_same(struct live *live, struct live_topic *topic, struct slice body)
{
    unsigned char hash[SHA256_BYTES];
    sha256_begin(live->sha);
    sha256_add(live->sha, body.at, body.length);
    sha256_end(live->sha, hash);
    bool same = topic->position >= 0 && memcmp(hash, topic->hash, sizeof hash) == 0;
    memcpy(topic->hash, hash, sizeof hash);
    return same;
}

void live_topic_take(struct live *live, struct live_topic *topic, int64_t position,
                     struct slice body)
{
    if (!is_same(live, topic, body))
        want_all(live, topic);
    topic->position = position;
    struct live_message *message = topic->wanted ? make_message(live, topic, body) : NULL;
    if (!message)
        return;
    send(live, topic, message);
    live_message_release(live, topic->kept);
    topic->kept = message->counted_bytes ? NULL : message;
    if (!topic->kept)
        live_message_release(live, message);
}

void live_topic_end(struct live_topic *topic)
{
    topic->ended = true;
    for (struct live_listener *each = topic->listeners.first; each; each = each->next)
        event_stream_wake(&each->stream);
}

void live_topic_free(struct live *live, struct live_topic *topic)
{
    live_message_release(live, topic->kept);
    arena_finish(&topic->arena);
    free(topic);
}
