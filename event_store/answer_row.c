/* A stored answer in the columns of a row, the same in every engine. */
#include "event_store/event_store_engine.h"

#include "base/json.h"
#include "base/json_text.h"

void answer_row_write_events(const struct command_answer *answer, struct text *out)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < answer->event_count; i++) {
        json_text_begin(out, NULL, '[');
        json_text_string(out, NULL, answer->events[i].id);
        json_text_string(out, NULL, answer->events[i].type);
        json_text_int(out, NULL, answer->events[i].position);
        text_add_char(out, ']');
    }
    text_add_char(out, ']');
}

static struct slice copy_string(const json_t *string, struct arena *arena)
{
    return arena_copy(arena, (struct slice){json_string_value(string), json_string_length(string)});
}

static bool read_event(const json_t *json, struct arena *arena, struct answered_event *ret)
{
    const json_t *id = json_array_get(json, 0), *type = json_array_get(json, 1);
    if (!json_is_string(id) || !json_is_string(type) ||
        !json_read_int(json_array_get(json, 2), &ret->position))
        return false;
    ret->id = copy_string(id, arena);
    ret->type = copy_string(type, arena);
    return true;
}

enum err answer_row_read_events(struct slice text, struct arena *arena,
                                struct command_answer *answer, struct error *error)
{
    AUTO(json) json_t *json = NULL;
    enum err err = json_read_stored(text, ERR_INTERNAL, &json, error);
    if (err)
        return error_add_context(error, err, "its events are %.*s", SLICE(text));
    bool valid = json_is_array(json);
    size_t count = json_array_size(json);
    struct answered_event *events = arena_allocate(arena, (count + 1) * sizeof *events);
    for (size_t i = 0; i < count && valid; i++)
        valid = read_event(json_array_get(json, i), arena, &events[i]);
    if (!valid)
        return error_set(error, ERR_INTERNAL, "its events are %.*s", SLICE(text));
    answer->events = events;
    answer->event_count = count;
    return OK;
}

enum err answer_row_read_outcome(struct slice outcome, struct command_answer *answer,
                                 struct error *error)
{
    for (enum err err = OK; err <= ERR_INTERNAL; err++)
        if (slice_is(outcome, error_slug(err))) {
            answer->err = err;
            return OK;
        }
    return error_set(error, ERR_INTERNAL, "its outcome \"%.*s\" is unknown", SLICE(outcome));
}
