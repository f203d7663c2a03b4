/* The live file advances during the check. So a temporary generation is built up to about its position;
 * then a read transaction on the live one fixes the position, the temporary one is brought up to it, and
 * both are compared at that position.
 *
 * While the temporary one is built, SQLite reads rows in reverse order where no ORDER BY defines the
 * order. If both are equal, no handler depends on such an order, and another version of SQLite will
 * produce the same rows. If they differ, a second one, built as workers build it, shows whether the order
 * is the cause.
 */
#include "projectors/rebuild_check.h"

#include "base/lock_file.h"
#include "projectors/catch_up.h"
#include "projectors/dead_letters_list.h"
#include "projectors/lineage.h"
#include "read_model/store/generation.h"

#include <unistd.h>

struct check {
    const struct build_options *options;
    const char *model; /* its name */
    bool reversed;
    struct text live_path, path;
    struct db *live;
    struct model *definition; /* the live one's */
    struct projection *built;
    struct checkpoint at; /* the live one's, in its read transaction */
};

static void remove_files(const struct text *path)
{
    static const char *const endings[] = {"-wal", "-shm", ""};
    for (size_t i = 0; path->length && i < sizeof endings / sizeof *endings; i++) {
        AUTO(text) struct text file = {0};
        text_printf(&file, "%s%s", path->at, endings[i]);
        unlink(file.at);
    }
}

static void check_finish(struct check *check)
{
    projection_close(check->built);
    model_destroy(check->definition);
    db_close(check->live);
    remove_files(&check->path);
    text_finish(&check->path);
    text_finish(&check->live_path);
}
AUTO_FINISH(check, struct check, check_finish)

/* The generation that serves now, in a read transaction. */
static enum err open_live(struct check *check, struct error *error)
{
    enum err err = db_open_reader(check->live_path.at, DB_READ_MODEL, &check->live, error);
    if (err == ERR_NOT_FOUND)
        return error_set(error, ERR_NOT_READY, "%s has no generation yet", check->model);
    if (!err)
        err = db_begin_reading(check->live, error);
    if (!err)
        err = model_store_read_checkpoint(check->live, &check->at, error);
    if (!err)
        err = model_store_read_model(check->live, &check->definition, error);
    return err;
}

static void close_live(struct check *check)
{
    db_close(check->live);
    check->live = NULL;
    model_destroy(check->definition);
    check->definition = NULL;
}

static enum err create(struct check *check, struct error *error)
{
    enum err err = projection_create(check->path.at, check->definition, &check->built, error);
    if (!err)
        err = lineage_carry(check->live, check->built->definition, projection_db(check->built),
                            check->built->definition, error);
    if (!err && check->reversed)
        err =
            db_execute(projection_db(check->built), "PRAGMA reverse_unordered_selects = ON", error);
    if (!err)
        check->built->stale = true;
    return err;
}

static enum err apply_up_to_live(struct check *check, struct error *error)
{
    struct catch_up catch_up = {
        .log_url = check->options->log_url,
        .to = check->at.position,
        .progress = check->options->progress,
        .context = check->options->context,
    };
    return catch_up_run(&catch_up, check->built, error);
}

static enum err build(struct check *check, struct error *error)
{
    enum err err = open_live(check, error);
    if (!err)
        err = create(check, error);
    close_live(check);
    if (!err)
        err = apply_up_to_live(check, error);
    if (!err)
        err = open_live(check, error);
    if (!err && strcmp(model_definition_hash(check->definition), check->built->definition) != 0)
        err =
            error_set(error, ERR_NOT_READY, "the definition of %s changed meanwhile", check->model);
    return err ? err : apply_up_to_live(check, error);
}

static void remark_parked(void *context, const struct dead_letter *letter)
{
    text_printf(context, "the stream %.*s is parked since position %lld, %lld behind it: %.*s\n",
                SLICE(letter->stream), (long long)letter->position, (long long)letter->behind,
                SLICE(letter->reason));
}

static void remark_skipped(void *context, const struct skipped_event *skipped)
{
    text_printf(context, "the event at position %lld (%.*s of %.*s) is skipped: %.*s\n",
                (long long)skipped->position, SLICE(skipped->type), SLICE(skipped->stream),
                SLICE(skipped->reason));
}

static enum err compare(struct check *check, struct text *remarks, struct error *error)
{
    struct model_side live = {check->live, "the live one"};
    struct model_side built = {projection_db(check->built), "the rebuilt one"};
    enum err err = dead_letters_list(check->live, slice_of(""), REBUILD_REMARKS_MOST, remark_parked,
                                     remarks, error);
    if (!err)
        err = dead_letters_list_skipped(check->live, 0, REBUILD_REMARKS_MOST, remark_skipped,
                                        remarks, error);
    return err ? err : model_store_compare(&live, &built, check->definition, error);
}

static enum err check_once(const struct build_options *options, const char *model, const char *path,
                           bool reversed, int64_t *ret_position, struct text *remarks,
                           struct error *error)
{
    AUTO(check)
    struct check check = {.options = options, .model = model, .reversed = reversed};
    generation_path(options->data_directory, check.model, 0, &check.live_path);
    text_add(&check.path, path);
    remove_files(&check.path); /* of one that was killed */
    text_clear(remarks);
    enum err err = build(&check, error);
    if (!err)
        err = compare(&check, remarks, error);
    *ret_position = check.at.position;
    return err;
}

static enum err check_both_ways(const struct build_options *options, const char *model,
                                const char *path, int64_t *ret_position, struct text *remarks,
                                struct error *error)
{
    struct error first = {0};
    enum err err = check_once(options, model, path, true, ret_position, remarks, &first);
    if (err != ERR_FAILED)
        return err ? error_set(error, err, "%s", first.text) : OK;
    err = check_once(options, model, path, false, ret_position, remarks, error);
    if (err)
        return err;
    return error_set(error, ERR_FAILED,
                     "a handler depends on an order of rows that no ORDER BY defines; with the "
                     "reverse order: %s",
                     first.text);
}

enum err rebuild_check(const struct build_options *options, const char *model,
                       int64_t *ret_position, struct text *remarks, struct error *error)
{
    AUTO(lock_file) struct lock_file *lock = NULL;
    AUTO(text) struct text path = {0};
    enum err err = generation_make_directory(options->data_directory, error);
    if (err)
        return err;
    text_printf(&path, "%s/read/%s.check.db", options->data_directory, model);
    err = lock_file_take(path.at, "annal check", &lock, error);
    return err ? err : check_both_ways(options, model, path.at, ret_position, remarks, error);
}
