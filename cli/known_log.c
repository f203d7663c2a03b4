/* A missing log is created only if no file records another log: otherwise an empty log would
 * replace events that clients have seen, and the read models and sagas would start again. */
#include "cli/known_log.h"

#include "base/file.h"
#include "event_store/event_store.h"
#include "read_model/store/model_store.h"
#include "sagas/saga_report.h"
#include "sagas/saga_store.h"

struct search {
    const char *log; /* the name of the log, for messages */
    const char *data;
    enum err code; /* of the error if a file follows another log */
};

static enum err refuse(const struct search *search, const char *path, const char *log_id,
                       struct error *error)
{
    const char *data = search->data;
    return error_set(error, search->code,
                     "%s is gone, but %s follows the log %s: put it back or restore "
                     "it from a backup; or, to begin a new log, move %s/read and "
                     "%s/" SAGA_STORE_FILE " (with its -wal) away first",
                     search->log, path, log_id, data, data);
}

/* A file that cannot be read may follow a log. */
static enum err unknown(const struct search *search, const char *path, struct error *error)
{
    return error_add_context(error, ERR_IO, "%s is gone, and which log %s follows is not known",
                             search->log, path);
}

/* A file that has been removed since, or that has no tables yet, records no log. */
static enum err check_generation(void *search, const char *path, const char *name,
                                 struct error *error)
{
    AUTO(db) struct db *db = NULL;
    struct checkpoint checkpoint = {0};
    (void)name;
    enum err err = db_open_reader(path, DB_READ_MODEL, &db, error);
    if (err == ERR_NOT_FOUND)
        return OK;
    if (!err)
        err = model_store_read_checkpoint(db, &checkpoint, error);
    if (err == ERR_POISON)
        return OK;
    if (err)
        return unknown(search, path, error);
    return checkpoint.log_id[0] ? refuse(search, path, checkpoint.log_id, error) : OK;
}

static enum err check_sagas(const struct search *search, struct error *error)
{
    AUTO(text) struct text path = {0};
    char log_id[ID_UUID_BYTES];
    text_printf(&path, "%s/" SAGA_STORE_FILE, search->data);
    enum err err = saga_report_log_id(search->data, log_id, error);
    if (err == ERR_NOT_FOUND || err == ERR_POISON)
        return OK;
    if (err)
        return unknown(search, path.at, error);
    return log_id[0] ? refuse(search, path.at, log_id, error) : OK;
}

static enum err search_files(const struct search *search, struct error *error)
{
    AUTO(text) struct text read = {0};
    text_printf(&read, "%s/read", search->data);
    enum err err = file_each(read.at, ".db", check_generation, (void *)search, error);
    return err && err != ERR_NOT_FOUND ? err : check_sagas(search, error);
}

enum err known_log_check_beginning(const char *log_url, const char *data, enum err code,
                                   struct error *error)
{
    AUTO(event_store) struct event_store *log = NULL;
    AUTO(text) struct text name = {0};
    enum err err = event_store_open(log_url, EVENT_STORE_READ, &log, error);
    if (err != ERR_NOT_FOUND)
        return err;
    event_store_describe(log_url, &name);
    return search_files(&(struct search){name.at, data, code}, error);
}
