#include "sagas/saga_table.h"

#include "base/id.h"

#define TYPE_MOST 255

/* As the schemas of saga.started.v1 and the other events require. */
static bool is_saga_name(const char *name)
{
    bool is = name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= SAGA_NAME_MOST;
    for (const char *c = name; is && *c; c++)
        is = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_';
    return is;
}

static enum err check_next(const struct saga_kind *kind, const struct saga_step *step,
                           struct error *error)
{
    for (size_t i = 0; i < SAGA_NEXT_MOST && step->next[i]; i++)
        if (!saga_step_find(kind, step->next[i]))
            return error_set(error, ERR_DEFINITION,
                             "step %s of saga %s leads to %s, which the saga does not have",
                             step->name, kind->name, step->next[i]);
    return OK;
}

static enum err check_step(const struct saga_kind *kind, const struct saga_step *step,
                           struct error *error)
{
    if (!id_is_valid(slice_of(step->name)) || strlen(step->name) > SAGA_NAME_MOST)
        return error_set(error, ERR_DEFINITION,
                         "saga %s: the name of step %s is not valid: 1 to %d letters, digits, or "
                         ". _ ~ -",
                         kind->name, step->name, SAGA_NAME_MOST);
    if (saga_step_find(kind, step->name) != step)
        return error_set(error, ERR_DEFINITION, "saga %s has two steps %s", kind->name, step->name);
    if ((int)step->phase < 0 || step->phase >= SAGA_PHASES || step->phase == SAGA_STUCK)
        return error_set(error, ERR_DEFINITION,
                         "step %s of saga %s has a phase that no step may have", step->name,
                         kind->name);
    return check_next(kind, step, error);
}

static enum err check_steps(const struct saga_kind *kind, struct error *error)
{
    enum err err = OK;
    if (!kind->steps || !kind->steps[0].name)
        return error_set(error, ERR_DEFINITION, "saga %s has no steps", kind->name);
    for (const struct saga_step *step = kind->steps; !err && step->name; step++)
        err = check_step(kind, step, error);
    return err;
}

static enum err check_events(const struct saga_kind *kind, struct error *error)
{
    bool begins = false;
    for (const char *const *type = kind->event_types; type && *type; type++) {
        if (strlen(*type) > TYPE_MOST)
            return error_set(error, ERR_DEFINITION, "saga %s: %s is longer than %d bytes",
                             kind->name, *type, TYPE_MOST);
        begins |= kind->begins_with && strcmp(*type, kind->begins_with) == 0;
    }
    if (!begins)
        return error_set(error, ERR_DEFINITION,
                         "saga %s begins with %s, which is not among the events it listens to",
                         kind->name, kind->begins_with ? kind->begins_with : "nothing");
    return OK;
}

static enum err check_kind(const struct saga_kind *kind, struct error *error)
{
    if (!kind->name || !is_saga_name(kind->name))
        return error_set(error, ERR_DEFINITION,
                         "the name of saga %s is not valid: 1 to %d of a-z, 0-9 and _, a letter "
                         "first",
                         kind->name ? kind->name : "", SAGA_NAME_MOST);
    if (kind->version < 1)
        return error_set(error, ERR_DEFINITION, "saga %s has version %d: they begin with 1",
                         kind->name, kind->version);
    if (!kind->concerns || !kind->begin || !kind->evolve || !kind->decide)
        return error_set(error, ERR_DEFINITION, "saga %s needs concerns, begin, evolve and decide",
                         kind->name);
    enum err err = check_steps(kind, error);
    return err ? err : check_events(kind, error);
}

/* Of one name, the newest version comes first. */
static enum err check_order(const struct saga_kind *const *table,
                            const struct saga_kind *const *kind, struct error *error)
{
    for (const struct saga_kind *const *before = table; before < kind; before++)
        if (strcmp((*before)->name, (*kind)->name) == 0 && (*before)->version <= (*kind)->version)
            return error_set(error, ERR_DEFINITION,
                             "version %d of saga %s is listed after version %d: list the newest "
                             "version first, each once",
                             (*kind)->version, (*kind)->name, (*before)->version);
    return OK;
}

enum err saga_table_check(const struct saga_kind *const *table, struct error *error)
{
    enum err err = OK;
    for (const struct saga_kind *const *kind = table; !err && *kind; kind++) {
        err = check_kind(*kind, error);
        if (!err)
            err = check_order(table, kind, error);
    }
    return err;
}
