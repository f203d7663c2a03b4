/* One read transaction for the whole prefetch, replaced by a new one every PAGE_EVENTS events of a
 * stream, so that folding a long stream does not keep the WAL from being truncated. The result is
 * the same, because a stream only grows at its end.
 */
#include "event_store/sqlite/event_log.h"

#define PAGE_EVENTS 512

struct fetch {
    struct event_log *log;
    const struct event_prefetch *wanted;
    const struct prefetch_sink *sink;
    event_row_fn *row;
    /* Of the current stream. */
    struct prefetched_row at;
    int64_t version; /* delivered up to here */
    size_t in_page;
    bool ended; /* `row` has ended the stream */
};

static enum err find_snapshot(struct fetch *fetch, int64_t number, struct error *error)
{
    const struct prefetch_stream *stream = &fetch->wanted->streams[fetch->at.stream];
    struct statement *find;
    bool row;
    if (!stream->catalogue)
        return OK;
    enum err err =
        statement_set_get(&fetch->log->statements, LOG_STATEMENT_SNAPSHOT_FIND, &find, error);
    if (err)
        return err;
    statement_bind_int(find, 1, number);
    err = statement_step(find, &row, error);
    if (err)
        return err;
    bool fits = row && statement_int(find, 1) == stream->format &&
                slice_is(statement_text(find, 2), stream->catalogue) &&
                (!stream->version || statement_int(find, 0) <= stream->version) &&
                (!stream->at_us || statement_int(find, 3) <= stream->at_us);
    if (fits && fetch->sink->snapshot(fetch->sink->context, fetch->at.stream,
                                      statement_int(find, 0), statement_text(find, 4)))
        fetch->version = statement_int(find, 0);
    statement_reset(find);
    return OK;
}

static enum err take_row(void *context, const struct event *event, const unsigned char *previous,
                         bool *ret_more, struct error *error)
{
    struct fetch *fetch = context;
    bool more = true;
    enum err err = fetch->row(&fetch->at, event, previous, &more, error);
    fetch->version = event->version;
    fetch->ended = !more;
    *ret_more = more && ++fetch->in_page < PAGE_EVENTS;
    return err;
}

static enum err next_transaction(struct event_log *log, struct error *error)
{
    enum err err = event_log_end_reading(log, error);
    return err ? err : db_begin_reading(log->db, error);
}

static enum err fetch_events(struct fetch *fetch, int64_t number, struct error *error)
{
    for (;;) {
        fetch->in_page = 0;
        enum err err =
            event_read_rows(fetch->log, number, fetch->version + 1, take_row, fetch, error);
        if (err || fetch->ended || fetch->in_page < PAGE_EVENTS)
            return err;
        err = next_transaction(fetch->log, error);
        if (err)
            return err;
    }
}

static enum err fetch_stream(struct fetch *fetch, size_t i, struct error *error)
{
    const struct prefetch_stream *stream = &fetch->wanted->streams[i];
    int64_t number;
    fetch->at = (struct prefetched_row){
        .store = &fetch->log->store, .sink = fetch->sink, .wanted = stream, .stream = i};
    fetch->version = 0;
    fetch->ended = false;
    enum err err = stream_names_find(fetch->log, stream->name, &number, error);
    if (!err && number && stream->version_only)
        err = event_read_version(fetch->log, number, &fetch->version, error);
    if (!err && number && !stream->version_only) {
        err = find_snapshot(fetch, number, error);
        fetch->at.version = fetch->version;
        if (!err)
            err = fetch_events(fetch, number, error);
    }
    return err ? err
               : fetch->sink->version(fetch->sink->context, i,
                                      stream->version_only ? fetch->version : fetch->at.version,
                                      error);
}

static enum err fetch_external(struct fetch *fetch, size_t i, struct error *error)
{
    const struct prefetch_external *external = &fetch->wanted->externals[i];
    struct event_place place;
    bool found;
    enum err err = event_read_external(&fetch->log->store, external->source, external->id, &found,
                                       &place, error);
    return err || !found ? err : fetch->sink->external(fetch->sink->context, i, &place, error);
}

static enum err fetch_all(struct fetch *fetch, struct error *error)
{
    enum err err = OK;
    for (size_t i = 0; i < fetch->wanted->stream_count && !err; i++)
        err = fetch_stream(fetch, i, error);
    for (size_t i = 0; i < fetch->wanted->key_count && !err; i++)
        err = log_answer_find(fetch->log, fetch->wanted, i, fetch->sink, error);
    for (size_t i = 0; i < fetch->wanted->external_count && !err; i++)
        err = fetch_external(fetch, i, error);
    return err;
}

enum err log_prefetch(struct event_store *store, const struct event_prefetch *wanted,
                      const struct prefetch_sink *sink, event_row_fn *row, struct error *error)
{
    struct fetch fetch = {.log = event_log_of(store), .wanted = wanted, .sink = sink, .row = row};
    enum err err = db_begin_reading(fetch.log->db, error);
    if (err)
        return err;
    err = fetch_all(&fetch, error);
    enum err end = event_log_end_reading(fetch.log, err ? NULL : error);
    return err ? err : end;
}
