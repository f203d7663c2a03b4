#include "write_model/state_read.h"

#include "base/text.h"
#include "write_model/state_load.h"

enum err state_read(struct event_store *store, const struct catalogue *catalogue,
                    const struct aggregate *aggregate, const char *id, int64_t version,
                    int64_t at_us, json_t **ret_state, int64_t *ret_version, struct error *error)
{
    AUTO(text) struct text stream = {0};
    text_printf(&stream, "%s/%s", aggregate->category, id);
    struct state_bound bound = {.version = version, .at_us = at_us};
    void *state;
    int64_t reached;
    enum err err = state_load(store, catalogue, aggregate, text_slice(&stream), bound, &state,
                              &reached, error);
    if (err)
        return err;
    if (reached > 0) {
        *ret_state = aggregate->to_json(state);
        *ret_version = reached;
    } else {
        err = error_set(error, ERR_NO_STREAM, "there is no stream %s, or it had not begun",
                        stream.at);
    }
    aggregate->destroy(state);
    return err;
}
