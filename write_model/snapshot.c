/* A snapshot may be thrown away at any time: nothing here is needed to be right, only to be quick.
 */
#include "write_model/snapshot.h"

#include "base/json.h"
#include "event_store/sqlite/event_log.h"

static bool fits(const struct catalogue *catalogue, const struct aggregate *aggregate,
                 const struct statement *row, int64_t version, int64_t at_us)
{
    return statement_int(row, 1) == aggregate->state_format &&
           slice_is(statement_text(row, 2), catalogue_hash(catalogue)) &&
           (version == 0 || statement_int(row, 0) <= version) &&
           (at_us == 0 || statement_int(row, 3) <= at_us);
}

/* A state that cannot be read is as good as none. */
static void *read_state(const struct aggregate *aggregate, struct slice text)
{
    AUTO(json) json_t *json = NULL;
    void *state = NULL;
    if (json_read(text, &json, NULL) != OK || aggregate->from_json(json, &state, NULL) != OK)
        return NULL;
    return state;
}

enum err snapshot_find(struct event_log *log, const struct catalogue *catalogue,
                       const struct aggregate *aggregate, int64_t stream, int64_t version,
                       int64_t at_us, void **ret_state, int64_t *ret_version, struct error *error)
{
    struct statement *find;
    bool row;
    *ret_state = NULL;
    if (!catalogue)
        return OK;
    enum err err = log_statement_get(log, LOG_SNAPSHOT_FIND, &find, error);
    if (err)
        return err;
    statement_bind_int(find, 1, stream);
    err = statement_step(find, &row, error);
    if (err)
        return err;
    if (row && fits(catalogue, aggregate, find, version, at_us)) {
        *ret_version = statement_int(find, 0);
        *ret_state = read_state(aggregate, statement_text(find, 4));
    }
    statement_reset(find);
    return OK;
}

enum err snapshot_store(struct event_log *log, const struct catalogue *catalogue,
                        const struct aggregate *aggregate, int64_t stream, int64_t version,
                        const void *state, struct error *error)
{
    struct statement *store;
    enum err err = log_statement_get(log, LOG_SNAPSHOT_STORE, &store, error);
    if (err)
        return err;
    AUTO(json) json_t *json = aggregate->to_json(state);
    AUTO(text) struct text text = {0};
    json_write(json, &text);
    REQUIRE(catalogue);
    statement_bind_int(store, 1, stream);
    statement_bind_int(store, 2, version);
    statement_bind_int(store, 3, aggregate->state_format);
    statement_bind_text(store, 4, slice_of(catalogue_hash(catalogue)));
    statement_bind_text(store, 5, text_slice(&text));
    return statement_run(store, error);
}
