#include "event_store/log_damage.h"

#include "base/log.h"

void log_damage_init(struct log_damage *damage)
{
    *damage = (struct log_damage){0};
    REQUIRE(pthread_mutex_init(&damage->mutex, NULL) == 0);
}

void log_damage_finish(struct log_damage *damage)
{
    pthread_mutex_destroy(&damage->mutex);
}

const char *log_damage_advice(enum err code)
{
    return code == ERR_REPLACED
               ? "the log's file was moved or replaced: put events.db back with its -wal, or "
                 "restore it from a backup, and start again"
               : "the log is damaged: find out where with `annal verify`, then restore events.db "
                 "from a backup";
}

void log_damage_report(struct log_damage *damage, const char *who, const struct error *error)
{
    pthread_mutex_lock(&damage->mutex);
    bool is_first = !atomic_load(&damage->found);
    if (is_first) {
        damage->error = *error;
        atomic_store(&damage->found, true);
    }
    pthread_mutex_unlock(&damage->mutex);
    if (is_first)
        log_error("%s: %s: %s; no more commands are accepted", who, log_damage_advice(error->code),
                  error->text);
}

enum err log_damage_check(struct log_damage *damage, struct error *error)
{
    if (!atomic_load(&damage->found))
        return OK;
    pthread_mutex_lock(&damage->mutex);
    enum err err = error_set(error, damage->error.code, "%s", damage->error.text);
    pthread_mutex_unlock(&damage->mutex);
    return err;
}
