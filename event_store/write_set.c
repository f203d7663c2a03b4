#include "event_store/write_set.h"

#include "base/array.h"
#include "base/hash.h"

void write_set_init(struct write_set *set)
{
    *set = (struct write_set){.sha = sha256_create()};
}

void write_set_finish(struct write_set *set)
{
    free(set->streams.at);
    free(set->events.at);
    free(set->externals.at);
    free(set->answers.at);
    free(set->snapshots.at);
    free(set->cursors.at);
    hash_index_finish(&set->stream_names);
    hash_index_finish(&set->external_ids);
    hash_index_finish(&set->keys);
    arena_finish(&set->arena);
    if (set->sha)
        sha256_destroy(set->sha);
    *set = (struct write_set){0};
}

void write_set_begin(struct write_set *set, const struct checkpoint *head, int64_t time_us)
{
    set->expected = set->head = *head;
    set->head_time_us = time_us;
    set->streams.count = set->events.count = set->externals.count = 0;
    set->answers.count = set->snapshots.count = set->cursors.count = 0;
    set->clean_answers = 0;
    hash_index_cut(&set->stream_names, 0);
    hash_index_cut(&set->external_ids, 0);
    hash_index_cut(&set->keys, 0);
    arena_clear(&set->arena);
}

bool write_set_is_empty(const struct write_set *set)
{
    return set->events.count == 0 && set->answers.count == 0 && set->cursors.count == 0;
}

int64_t write_set_time_us(const struct write_set *set, int64_t now_us)
{
    return now_us > set->head_time_us ? now_us : set->head_time_us;
}

static size_t stream_index(const struct write_set *set, struct slice name)
{
    size_t probe = 0, i;
    uint64_t hash = hash_bytes(0, name);
    while ((i = hash_index_find(&set->stream_names, hash, &probe)) != SIZE_MAX)
        if (slice_equal(set->streams.at[i].name, name))
            break;
    return i;
}

const struct write_set_stream *write_set_find_stream(const struct write_set *set,
                                                     struct slice stream)
{
    size_t i = stream_index(set, stream);
    return i == SIZE_MAX ? NULL : &set->streams.at[i];
}

static size_t have_stream(struct write_set *set, struct slice name, int64_t version_before)
{
    size_t i = stream_index(set, name);
    if (i != SIZE_MAX)
        return i;
    *ARRAY_ADD(&set->streams) = (struct write_set_stream){
        arena_copy(&set->arena, name), .version_before = version_before, .version = version_before};
    hash_index_add(&set->stream_names, hash_bytes(0, name));
    return set->streams.count - 1;
}

const struct event *write_set_add_event(struct write_set *set, struct slice stream,
                                        int64_t version_before, int64_t now_us,
                                        const struct event *event)
{
    size_t index = have_stream(set, stream, version_before);
    struct write_set_stream *of = &set->streams.at[index];
    struct write_set_event *added = ARRAY_ADD(&set->events);
    *added = (struct write_set_event){
        .event = {.position = set->head.position + 1,
                  .version = ++of->version,
                  .time_us = write_set_time_us(set, now_us),
                  .stream = of->name,
                  .type = arena_copy(&set->arena, event->type),
                  .id = arena_copy(&set->arena, event->id),
                  .data = arena_copy(&set->arena, event->data),
                  .meta = arena_copy(&set->arena, event->meta)},
        .stream = index,
    };
    event_compute_hash(set->sha, set->head.hash, &added->event, added->event.hash);
    set->head.position = added->event.position;
    memcpy(set->head.hash, added->event.hash, EVENT_HASH_BYTES);
    set->head_time_us = added->event.time_us;
    return &added->event;
}

static uint64_t external_hash(struct slice source, struct slice id)
{
    return hash_bytes(hash_bytes(0, source), id);
}

void write_set_add_external(struct write_set *set, struct slice source, struct slice id)
{
    REQUIRE(set->events.count > 0);
    *ARRAY_ADD(&set->externals) = (struct write_set_external){
        arena_copy(&set->arena, source), arena_copy(&set->arena, id), set->events.count - 1};
    hash_index_add(&set->external_ids, external_hash(source, id));
}

const struct event *write_set_find_external(const struct write_set *set, struct slice source,
                                            struct slice id)
{
    size_t probe = 0, i;
    uint64_t hash = external_hash(source, id);
    while ((i = hash_index_find(&set->external_ids, hash, &probe)) != SIZE_MAX) {
        const struct write_set_external *external = &set->externals.at[i];
        if (slice_equal(external->source, source) && slice_equal(external->id, id))
            return &set->events.at[external->event].event;
    }
    return NULL;
}

void write_set_add_answer(struct write_set *set, const struct stored_answer *answer)
{
    struct stored_answer *added = ARRAY_ADD(&set->answers);
    struct slice fingerprint = {(const char *)answer->fingerprint, SHA256_BYTES};
    *added = *answer;
    added->key = arena_copy(&set->arena, answer->key);
    added->fingerprint = (const unsigned char *)arena_copy(&set->arena, fingerprint).at;
    added->answer = command_answer_copy(&answer->answer, &set->arena);
    hash_index_add(&set->keys, hash_bytes(0, answer->key));
}

const struct stored_answer *write_set_find_answer(const struct write_set *set, struct slice key)
{
    size_t probe = 0, i;
    uint64_t hash = hash_bytes(0, key);
    while ((i = hash_index_find(&set->keys, hash, &probe)) != SIZE_MAX)
        if (slice_equal(set->answers.at[i].key, key))
            return &set->answers.at[i];
    return NULL;
}

void write_set_add_snapshot(struct write_set *set, struct slice stream,
                            const struct stored_snapshot *snapshot)
{
    size_t index = stream_index(set, stream);
    REQUIRE(index != SIZE_MAX);
    *ARRAY_ADD(&set->snapshots) = (struct stored_snapshot){
        .stream = index,
        .version = snapshot->version,
        .format = snapshot->format,
        .catalogue = arena_copy(&set->arena, snapshot->catalogue),
        .state = arena_copy(&set->arena, snapshot->state),
    };
}

void write_set_add_cursor(struct write_set *set, const struct stored_cursor *cursor)
{
    *ARRAY_ADD(&set->cursors) = *cursor;
}

struct write_set_mark write_set_mark(const struct write_set *set)
{
    return (struct write_set_mark){set->head, set->head_time_us, set->streams.count,
                                   set->events.count, set->externals.count};
}

void write_set_cut(struct write_set *set, const struct write_set_mark *mark)
{
    for (; set->events.count > mark->events; set->events.count--)
        set->streams.at[set->events.at[set->events.count - 1].stream].version--;
    set->streams.count = mark->streams;
    set->externals.count = mark->externals;
    hash_index_cut(&set->stream_names, mark->streams);
    hash_index_cut(&set->external_ids, mark->externals);
    set->head = mark->head;
    set->head_time_us = mark->head_time_us;
}
