#include "projectors/generation_build.h"

#include "base/arena.h"
#include "projectors/build_statements.h"
#include "projectors/catch_up.h"
#include "projectors/feed.h"
#include "projectors/lineage.h"
#include "read_model/store/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct build {
    const struct build_options *options;
    const struct model *definition;
    const char *model; /* its name */
    bool shares;       /* it is one of several */
    bool had_a_log;    /* this model may have been built from a log before */
    struct lock_file *lock;
    int64_t number;
    struct text path;
    struct catch_up_target target; /* the generation, and why its build failed */
    bool complete;                 /* it was READY already, with all its indexes */
    bool sealed;                   /* durable and READY */
};

struct builds {
    struct build *at;
    size_t count;
    struct team *team;                                          /* shares out the models */
    enum err (*step)(struct build *build, struct error *error); /* that the team carries out */
};

static void build_finish(struct build *build)
{
    projection_close(build->target.projection);
    text_finish(&build->path);
    lock_file_release(build->lock);
}

/* Opens the file of the generation that serves, for reading. *ret_db stays NULL if there is none.
 */
static enum err open_current(const struct build *build, int64_t current, struct db **ret_db,
                             struct error *error)
{
    AUTO(text) struct text path = {0};
    AUTO(db) struct db *db = NULL;
    int64_t version;
    if (current == 0)
        return OK;
    generation_path(build->options->data_directory, build->model, current, &path);
    enum err err = db_open_reader(path.at, DB_READ_MODEL, &db, error);
    if (!err)
        err = db_read_int(db, "PRAGMA schema_version", &version, error);
    if (err)
        return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? OK : err;
    *ret_db = db;
    db = NULL;
    return OK;
}

/* A file that cannot be read may have had one. */
static enum err find_out_if_it_had_a_log(struct build *build, const struct generations *files,
                                         struct db *current, struct error *error)
{
    struct checkpoint checkpoint = {0};
    build->had_a_log = files->newest > 0;
    if (!current)
        return OK;
    enum err err = model_store_read_checkpoint(current, &checkpoint, error);
    if (!err)
        build->had_a_log = checkpoint.log_id[0] != '\0';
    return err == ERR_CORRUPT ? OK : err;
}

static enum err refuse_superseded(const struct build *build, struct db *current,
                                  struct error *error)
{
    bool superseded = false;
    enum err err = OK;
    if (current && !build->options->force)
        err = lineage_is_superseded(current, model_definition_hash(build->definition), &superseded,
                                    error);
    if (!err && superseded)
        err = error_set(error, ERR_DEFINITION,
                        "this definition of %s was superseded by the one that serves; start the "
                        "newer program, or use --force",
                        build->model);
    return err;
}

/* True if the leftover that is open can be continued. */
static enum err is_usable(struct build *build, bool *ret_usable, struct error *error)
{
    struct projection *p = build->target.projection;
    enum generation_state state = GENERATION_BUILDING;
    int64_t successor = 0;
    bool same_boot = false, same_log = false;
    enum err err = model_store_state(p->store, &state, &successor, error);
    if (!err)
        err = lineage_same_boot(projection_db(p), &same_boot, error);
    if (!err)
        err = feed_contains(build->options->log_url, &p->checkpoint, &same_log, error);
    if (err)
        return err;
    build->complete = state == GENERATION_READY;
    *ret_usable = same_log &&
                  strcmp(p->definition, model_definition_hash(build->definition)) == 0 &&
                  (build->complete || (state == GENERATION_BUILDING && same_boot));
    return OK;
}

/* Opens the file that an earlier build left, or removes it if it cannot be continued; then
 * build->target.projection stays NULL. */
static enum err open_leftover(struct build *build, struct error *error)
{
    bool usable = false;
    struct error why = {0};
    enum err err = projection_open(build->path.at, DB_VOLATILE, &build->target.projection, &why);
    if (!err)
        err = is_usable(build, &usable, &why);
    if (error_class(err) == ERROR_CLASS_RETRY)
        return error_set(error, err, "%s", why.text);
    if (!err && usable)
        return OK;
    projection_close(build->target.projection);
    build->target.projection = NULL;
    build->complete = false;
    return generation_remove(build->options->data_directory, build->model, build->number, error);
}

static enum err create(struct build *build, struct db *current, struct error *error)
{
    enum err err =
        projection_create(build->path.at, build->definition, &build->target.projection, error);
    if (err)
        return err;
    build->target.projection->stale = true;
    return current ? lineage_carry(current, build->target.projection->definition,
                                   projection_db(build->target.projection),
                                   build->target.projection->definition, error)
                   : OK;
}

/* From here on the file is not synced, so it is no longer READY if it was. */
static enum err begin_unsynced(struct build *build, struct error *error)
{
    struct projection *p = build->target.projection;
    enum err err = model_store_set_state(p->store, GENERATION_BUILDING, 0, error);
    if (!err)
        err = lineage_begin(projection_db(p), error);
    if (!err && !build->complete)
        err = model_store_drop_late_indexes(p->store, error);
    if (!err)
        err = db_execute(
            projection_db(p),
            build_statements[build->shares ? BUILD_STATEMENT_MEMORY_SHARED : BUILD_STATEMENT_MEMORY]
                .text,
            error);
    return err;
}

static enum err open_locked(struct build *build, struct error *error)
{
    AUTO(db) struct db *current = NULL;
    struct generations files;
    const char *data_directory = build->options->data_directory;
    enum err err = generation_list(data_directory, build->model, &files, error);
    if (!err)
        err = open_current(build, files.current, &current, error);
    if (!err)
        err = find_out_if_it_had_a_log(build, &files, current, error);
    if (!err)
        err = refuse_superseded(build, current, error);
    if (err)
        return err;
    bool leftover = files.newest > files.current;
    build->number = leftover ? files.newest : files.newest + 1;
    generation_path(data_directory, build->model, build->number, &build->path);
    if (leftover)
        err = open_leftover(build, error);
    if (!err && !build->target.projection)
        err = create(build, current, error);
    return err ? err : begin_unsynced(build, error);
}

/* Takes the rebuild lock first. */
static enum err open_build(struct build *build, struct error *error)
{
    enum err err =
        generation_lock_rebuild(build->options->data_directory, build->model, &build->lock, error);
    return err ? err : open_locked(build, error);
}

static enum err sync_file(const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, ERR_IO, "open %s: %s", path, strerror(errno));
    enum err err = OK;
    if (fsync(fd) != 0)
        err = error_set(error, ERR_IO, "sync %s: %s", path, strerror(errno));
    close(fd);
    return err;
}

/* What SQLite wrote without syncing is synced here, as a file, and while no connection is open:
 * closing a descriptor of it would drop that connection's locks. Only then is the file READY. */
static enum err seal(struct build *build, struct error *error)
{
    enum err err = db_checkpoint(projection_db(build->target.projection), error);
    if (err)
        return err;
    projection_close(build->target.projection);
    build->target.projection = NULL;
    err = sync_file(build->path.at, error);
    if (!err)
        err = projection_open(build->path.at, DB_DURABLE, &build->target.projection, error);
    if (!err)
        err = model_store_set_state(build->target.projection->store, GENERATION_READY, 0, error);
    build->sealed = err == OK;
    return err;
}

/* A generation without events must not replace one that has some. */
static enum err refuse_without_log(const struct builds *builds, struct error *error)
{
    for (size_t i = 0; i < builds->count; i++)
        if (builds->at[i].had_a_log)
            return error_set(error, ERR_IO,
                             "%s has no log, but %s was built from one before; put events.db "
                             "back, or remove the directory read to start again",
                             builds->at[i].options->data_directory, builds->at[i].model);
    return OK;
}

static enum err apply_to_head(struct builds *builds, struct error *error)
{
    AUTO(arena) struct arena arena = {0};
    const struct build_options *options = builds->at[0].options;
    struct catch_up_target **targets =
        arena_allocate(&arena, builds->count * sizeof(struct catch_up_target *));
    struct checkpoint head;
    for (size_t i = 0; i < builds->count; i++)
        targets[i] = &builds->at[i].target;
    enum err err = feed_head(options->log_url, &head, error);
    if (!err && !head.log_id[0])
        err = refuse_without_log(builds, error);
    if (err)
        return err;
    struct catch_up catch_up = {
        .log_url = options->log_url,
        .to = head.position,
        .team = builds->team,
        .progress = options->progress,
        .context = options->context,
    };
    return catch_up_run_all(&catch_up, targets, builds->count, error);
}

static enum err make_late_indexes(struct build *build, struct error *error)
{
    return model_store_make_late_indexes(build->target.projection->store, error);
}

static void take_step(void *context, size_t item)
{
    const struct builds *builds = context;
    struct build *build = &builds->at[item];
    struct catch_up_target *target = &build->target;
    if (target->err)
        return;
    target->err = builds->step(build, &target->error);
    if (target->err)
        error_add_context(&target->error, target->err, "build %s", build->model);
}

static void each(struct builds *builds, enum err (*step)(struct build *build, struct error *error))
{
    builds->step = step;
    team_run(builds->team, builds->count, take_step, builds);
}

static enum err first_failure(const struct builds *builds, struct error *error)
{
    for (size_t i = 0; i < builds->count; i++) {
        const struct catch_up_target *target = &builds->at[i].target;
        if (target->err)
            return error_set(error, target->err, "%s", target->error.text);
    }
    return OK;
}

/* Begins all or none. Applies to the head twice: the log grows while most events are applied and the
 * indexes are created. */
static enum err build_all(struct builds *builds, struct error *error)
{
    each(builds, open_build);
    enum err err = first_failure(builds, error);
    if (!err)
        err = apply_to_head(builds, error);
    if (err)
        return err;
    each(builds, make_late_indexes);
    err = apply_to_head(builds, error);
    if (err)
        return err;
    each(builds, seal);
    return first_failure(builds, error);
}

enum err generation_build(const struct build_options *options, const struct model *const *models,
                          size_t count, int64_t *ret_numbers, struct error *error)
{
    AUTO(team) struct team *team = NULL;
    size_t processors = team_processors();
    struct builds builds = {.at = calloc(count, sizeof *builds.at), .count = count};
    REQUIRE(builds.at);
    for (size_t i = 0; i < count; i++)
        builds.at[i] = (struct build){.options = options,
                                      .definition = models[i],
                                      .model = model_name(models[i]),
                                      .shares = count > 1};
    builds.team = team = team_create("apply", count < processors ? count : processors);
    enum err err = build_all(&builds, error);
    for (size_t i = 0; i < count; i++) {
        struct build *build = &builds.at[i];
        ret_numbers[i] = build->sealed ? build->number : 0;
        build_finish(build);
    }
    free(builds.at);
    return err;
}
