#include "event_store/log_damage.h"

#include "base/log.h"

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
        log_error("%s: the log is damaged, no more commands are accepted: %s; run `annal verify` "
                  "and restore events.db from a backup",
                  who, error->text);
}

enum err log_damage_check(struct log_damage *damage, struct error *error)
{
    if (!atomic_load(&damage->found))
        return OK;
    pthread_mutex_lock(&damage->mutex);
    enum err err = error_set(error, ERR_CORRUPT, "%s", damage->error.text);
    pthread_mutex_unlock(&damage->mutex);
    return err;
}
