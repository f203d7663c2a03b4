/* Compares the checkpoint with the log, and reads the events that messages did not bring. The log is only
 * read, in one short read transaction per chunk. */
#include "bus/subscription_private.h"

/* Only for a subscriber without a checkpoint is a missing log no error: it waits for one. */
static enum err no_log(const struct subscription *s, struct error *error)
{
    AUTO(text) struct text place = {0};
    event_store_describe(s->options->log_url, &place);
    if (!s->log && s->at.log_id[0] == '\0')
        return error_set(error, ERR_NOT_FOUND, "the log %s does not exist yet", place.at);
    return error_set(error, ERR_IO, "%s, the log %s, is missing; restore it from a backup",
                     place.at, s->at.log_id[0] ? s->at.log_id : event_store_log_id(s->log));
}

/* The file of the log may be replaced while it is open. */
static enum err ensure_open(struct subscription *s, struct error *error)
{
    struct event_store *log;
    enum err err = s->log ? event_store_check(s->log, error) : ERR_REPLACED;
    if (err != ERR_REPLACED)
        return err;
    err = event_store_open(s->options->log_url, EVENT_STORE_READ, &log, error);
    if (err == ERR_NOT_FOUND)
        return no_log(s, error);
    if (err)
        return err;
    event_store_close(s->log);
    s->log = log;
    return OK;
}

/* True if the log's event at the checkpoint is the one of the checkpoint. */
static enum err compare(struct subscription *s, const struct checkpoint *head, bool *ret_same,
                        struct error *error)
{
    unsigned char hash[EVENT_HASH_BYTES];
    *ret_same = false;
    if (strcmp(s->at.log_id, event_store_log_id(s->log)) != 0 || head->position < s->at.position)
        return OK;
    if (head->position == s->at.position)
        memcpy(hash, head->hash, sizeof hash);
    else {
        enum err err = event_store_hash_at(s->log, s->at.position, hash, error);
        if (err)
            return err;
    }
    *ret_same = memcmp(hash, s->at.hash, sizeof hash) == 0;
    return OK;
}

static void adopt_if_new(struct subscription *s)
{
    if (s->at.log_id[0] != '\0')
        return;
    s->at = (struct checkpoint){0};
    memcpy(s->at.log_id, event_store_log_id(s->log), sizeof s->at.log_id);
    s->ahead = s->at;
}

static enum err refuse_other_log(const struct subscription *s, struct error *error)
{
    AUTO(text) struct text place = {0};
    event_store_describe(s->options->log_url, &place);
    return error_set(error, ERR_OTHER_LOG, "position %lld is of log %s, not of %s",
                     (long long)s->at.position, s->at.log_id, place.at);
}

static enum err report_other_log(struct subscription *s, const struct checkpoint *head,
                                 struct error *error)
{
    bool same = false;
    enum err err = s->subscriber->other_log(s->subscriber->context, error);
    if (!err)
        err = subscription_transaction_restart(s, error);
    if (err)
        return err;
    adopt_if_new(s);
    err = compare(s, head, &same, error);
    if (!err && !same)
        err = refuse_other_log(s, error);
    return err;
}

enum err subscription_log_look(struct subscription *s, struct error *error)
{
    struct checkpoint head;
    bool same = false;
    enum err err = ensure_open(s, error);
    if (err)
        return err;
    adopt_if_new(s);
    err = event_store_head(s->log, &head, NULL, error);
    if (!err)
        err = compare(s, &head, &same, error);
    if (!err && !same)
        err = report_other_log(s, &head, error);
    if (err)
        return err;
    s->head = head.position;
    metric_set(s->metrics.lag, s->head - s->at.position);
    return OK;
}

static enum err apply_chunk(struct subscription *s, struct error *error)
{
    const struct read_limit limit = {SUBSCRIPTION_CHUNK_EVENTS, SUBSCRIPTION_CHUNK_BYTES};
    enum err err = event_store_read_after(s->log, s->ahead.position, limit, &s->batch, error);
    if (err && s->in_transaction) {
        s->batch.count = 0; /* commits the chunks before; the next step reports the error */
        return OK;
    }
    for (size_t i = 0; !err && i < s->batch.count; i++)
        err = subscription_transaction_apply(s, &s->batch.events[i], error);
    return err;
}

enum err subscription_log_follow(struct subscription *s, size_t *ret_count, struct error *error)
{
    enum err err = OK;
    *ret_count = 0;
    do {
        err = apply_chunk(s, error);
        *ret_count += err ? 0 : s->batch.count;
    } while (!err && s->batch.count > 0 && s->ahead.position < s->head &&
             !subscription_transaction_is_full(s));
    if (!err)
        err = subscription_transaction_commit(s, error);
    if (!err && s->amqp)
        metric_add(s->metrics.filled, (int64_t)*ret_count);
    return err;
}
