#include "event_store/event_store.h"

#include "event_store/event_store_engine.h"

static const struct event_store_engine *const engines[] = {&event_store_sqlite};

/* The engine of a URL, and the rest of the URL; NULL if no engine has its scheme or it has no rest. */
static const struct event_store_engine *find_engine(const char *url, const char **ret_rest)
{
    const char *colon = strchr(url, ':');
    if (!colon || colon[1] == '\0')
        return NULL;
    *ret_rest = colon + 1;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        if (slice_is((struct slice){url, (size_t)(colon - url)}, engines[i]->scheme))
            return engines[i];
    return NULL;
}

static enum err refuse_url(const char *url, struct error *error)
{
    AUTO(text) struct text forms = {0};
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        text_printf(&forms, "%s%s", i ? ", " : "", engines[i]->form);
    return error_set(error, ERR_USAGE, "log %s: unknown URL; it must be %s", url, forms.at);
}

void event_store_describe(const char *url, struct text *out)
{
    const char *rest;
    const struct event_store_engine *engine = find_engine(url, &rest);
    if (engine)
        engine->describe(rest, out);
    else
        text_add(out, url);
}

enum err event_store_find_writer(const char *url, char ret_holder[LOCK_HOLDER_BYTES],
                                 struct error *error)
{
    const char *rest;
    const struct event_store_engine *engine = find_engine(url, &rest);
    return engine ? engine->find_writer(rest, ret_holder, error) : refuse_url(url, error);
}

enum err event_store_open(const char *url, enum event_store_access access,
                          struct event_store **ret_store, struct error *error)
{
    const char *rest;
    const struct event_store_engine *engine = find_engine(url, &rest);
    struct event_store *store;
    enum err err = engine ? engine->open(rest, access, &store, error) : refuse_url(url, error);
    if (err)
        return error_add_context(error, err, "open the log%s",
                                 access == EVENT_STORE_READ ? " for reading" : "");
    store->engine = engine;
    store->sha = sha256_create();
    *ret_store = store;
    return OK;
}

void event_store_close(struct event_store *store)
{
    if (!store)
        return;
    sha256_destroy(store->sha);
    store->engine->close(store);
}

const char *event_store_log_id(const struct event_store *store)
{
    return store->log_id;
}

enum err event_store_check(struct event_store *store, struct error *error)
{
    return store->engine->check(store, error);
}

enum err event_store_head(struct event_store *store, struct checkpoint *ret_head,
                          int64_t *ret_time_us, struct error *error)
{
    return store->engine->head(store, ret_head, ret_time_us, error);
}

enum err event_store_hash_at(struct event_store *store, int64_t position,
                             unsigned char ret_hash[EVENT_HASH_BYTES], struct error *error)
{
    if (position > 0)
        return store->engine->hash_at(store, position, ret_hash, error);
    memset(ret_hash, 0, EVENT_HASH_BYTES);
    return OK;
}

enum err event_store_wait_for_more(struct event_store *store, int64_t position, int64_t wait_ms,
                                   struct pollfd *fds, size_t fd_count, struct error *error)
{
    return store->engine->wait_for_more(store, position, wait_ms, fds, fd_count, error);
}

enum err event_store_streams_of(struct event_store *store, struct slice category,
                                struct slice after_id, size_t limit, stream_id_fn *each,
                                void *context, struct error *error)
{
    return store->engine->streams_of(store, category, after_id, limit, each, context, error);
}

enum err event_store_find_external(struct event_store *store, struct slice source, struct slice id,
                                   bool *ret_found, struct event_place *ret_place,
                                   struct error *error)
{
    return store->engine->find_external(store, source, id, ret_found, ret_place, error);
}

enum err event_store_read_cursor(struct event_store *store, const char *name,
                                 struct checkpoint *ret_cursor, struct error *error)
{
    struct checkpoint cursor = {0};
    memcpy(cursor.log_id, store->log_id, sizeof cursor.log_id);
    enum err err = store->engine->read_cursor(store, name, &cursor, error);
    if (err)
        return error_add_context(error, err, "read the cursor %s", name);
    *ret_cursor = cursor;
    return OK;
}

enum err event_store_newest_answer(struct event_store *store, int64_t *ret_expires_us,
                                   struct error *error)
{
    return store->engine->newest_answer(store, ret_expires_us, error);
}

enum event_store_outcome event_store_store(struct event_store *store, const struct write_set *set,
                                           struct error *error)
{
    return store->engine->store(store, set, error);
}

enum event_store_outcome event_store_resolve(struct event_store *store, const struct write_set *set,
                                             struct error *error)
{
    return store->engine->resolve(store, set, error);
}

void event_store_tidy(struct event_store *store)
{
    store->engine->tidy(store);
}
