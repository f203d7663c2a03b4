#include "write_model/desk_work.h"

#include "base/array.h"
#include "base/hash.h"
#include "write_model/state_fold.h"

/* The lists of a prefetch; stream_owner[i] is the index of the request that needs stream i. */
struct gathered {
    struct desk_work *work;
    struct command_request *const *requests;
    struct {
        struct prefetch_stream *at;
        size_t count, capacity;
    } streams;
    struct {
        struct slice *at;
        size_t count, capacity;
    } keys;
    struct {
        struct prefetch_external *at;
        size_t count, capacity;
    } externals;
    size_t stream_owner[DESK_BATCH_MOST], key_owner[DESK_BATCH_MOST];
    struct hash_index names; /* of the streams whose state is requested */
    struct state_fold fold;  /* of the stream whose rows are being read */
};

static void gathered_finish(struct gathered *gathered)
{
    free(gathered->streams.at);
    free(gathered->keys.at);
    free(gathered->externals.at);
    hash_index_finish(&gathered->names);
    state_fold_finish(&gathered->fold);
}

/* ---- items ---- */

/* Compares the hash alone: after a collision the stream is left out, and its command loads it. */
static bool is_asked_for(const struct gathered *gathered, struct slice name)
{
    size_t probe = 0;
    return hash_index_find(&gathered->names, hash_bytes(0, name), &probe) != SIZE_MAX;
}

static void gather_stream(struct gathered *gathered, size_t i)
{
    const struct command_request *request = gathered->requests[i];
    struct slice name = request->stream;
    struct prefetch_stream stream = {.name = name, .version_only = true};
    if (request->aggregate) {
        struct state_fold fold = {.catalogue = gathered->work->catalogue,
                                  .aggregate = request->aggregate};
        if (state_cache_find(gathered->work->cache, name) || is_asked_for(gathered, name))
            return;
        stream = state_fold_wanted(&fold, name);
        hash_index_add(&gathered->names, hash_bytes(0, name));
    }
    gathered->stream_owner[gathered->streams.count] = i;
    *ARRAY_ADD(&gathered->streams) = stream;
}

static void gather_key(struct gathered *gathered, size_t i)
{
    const char *key = gathered->requests[i]->idempotency_key;
    if (!key || !key[0])
        return;
    gathered->key_owner[gathered->keys.count] = i;
    *ARRAY_ADD(&gathered->keys) = slice_of(key);
}

static void gather_externals(struct gathered *gathered, size_t i)
{
    struct desk_work *work = gathered->work;
    const struct command_request *request = gathered->requests[i];
    work->found[i].first_external = work->places.count;
    for (size_t n = 0; n < request->external_count; n++) {
        *ARRAY_ADD(&gathered->externals) = (struct prefetch_external){
            slice_of(request->externals[n].source), slice_of(request->externals[n].id)};
        *ARRAY_ADD(&work->places) = (struct desk_place){0};
    }
}

/* ---- results ---- */

/* The fold of the stream whose rows are being read, begun with its first row. */
static struct state_fold *fold_of(struct gathered *gathered, size_t stream)
{
    const struct command_request *owner = gathered->requests[gathered->stream_owner[stream]];
    if (!gathered->fold.state)
        state_fold_begin(&gathered->fold, gathered->work->catalogue, owner->aggregate);
    return &gathered->fold;
}

static bool take_snapshot(void *context, size_t stream, int64_t version, struct slice state)
{
    return state_fold_snapshot(fold_of(context, stream), version, state);
}

static enum err take_event(void *context, size_t stream, const struct event *event,
                           struct error *error)
{
    (void)error;
    state_fold_event(fold_of(context, stream), event);
    return OK;
}

static enum err take_version(void *context, size_t stream, int64_t version, struct error *error)
{
    struct gathered *gathered = context;
    struct desk_work *work = gathered->work;
    const struct prefetch_stream *wanted = &gathered->streams.at[stream];
    (void)error;
    if (wanted->version_only) {
        work->found[gathered->stream_owner[stream]].version = version;
        return OK;
    }
    struct state_fold *fold = fold_of(gathered, stream);
    if (!fold->error.code) {
        state_cache_add(work->cache, wanted->name, fold->aggregate, fold->state, version);
        fold->state = NULL;
    }
    state_fold_finish(fold);
    return OK;
}

static enum err take_answer(void *context, size_t key, const struct stored_answer *answer,
                            const char *fault, struct error *error)
{
    struct gathered *gathered = context;
    struct arena *arena = &gathered->work->arena;
    struct desk_found *found = &gathered->work->found[gathered->key_owner[key]];
    (void)error;
    if (!answer) {
        found->answer_fault = arena_copy(arena, slice_of(fault)).at;
        return OK;
    }
    struct stored_answer *copy = arena_allocate(arena, sizeof *copy);
    struct slice fingerprint = {(const char *)answer->fingerprint, SHA256_BYTES};
    *copy = (struct stored_answer){
        .fingerprint = (const unsigned char *)arena_copy(arena, fingerprint).at,
        .answer = command_answer_copy(&answer->answer, arena),
    };
    found->answer = copy;
    return OK;
}

static enum err take_place(void *context, size_t external, const struct event_place *place,
                           struct error *error)
{
    struct desk_work *work = ((struct gathered *)context)->work;
    (void)error;
    work->places.at[external] =
        (struct desk_place){arena_copy(&work->arena, place->stream),
                            arena_copy(&work->arena, place->type), place->position, place->version};
    return OK;
}

enum err desk_prefetch_run(struct desk_work *work, struct command_request *const *requests,
                           size_t count, struct error *error)
{
    struct gathered gathered = {.work = work, .requests = requests};
    const struct prefetch_sink sink = {.context = &gathered,
                                       .snapshot = take_snapshot,
                                       .event = take_event,
                                       .version = take_version,
                                       .answer = take_answer,
                                       .external = take_place};
    arena_clear(&work->arena);
    work->places.count = 0;
    for (size_t i = 0; i < count; i++) {
        work->found[i] = (struct desk_found){0};
        gather_stream(&gathered, i);
        gather_key(&gathered, i);
        gather_externals(&gathered, i);
    }
    struct event_prefetch wanted = {
        .streams = gathered.streams.at,
        .stream_count = gathered.streams.count,
        .keys = gathered.keys.at,
        .key_count = gathered.keys.count,
        .key_now_us = work->key_now_us,
        .externals = gathered.externals.at,
        .external_count = gathered.externals.count,
    };
    bool needed = wanted.stream_count || wanted.key_count || wanted.external_count;
    enum err err = needed ? event_store_prefetch(work->store, &wanted, &sink, error) : OK;
    gathered_finish(&gathered);
    return err;
}
