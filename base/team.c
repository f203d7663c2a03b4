#include "base/team.h"

#include "base/error.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct team {
    pthread_t *helpers;
    size_t helper_count;

    pthread_mutex_t mutex;
    pthread_cond_t begun, done;
    /* Under the mutex. Between jobs `next` and `finished` are `count`. */
    team_work_fn *work;
    void *context;
    size_t count, next, finished;
    bool closing;
};

size_t team_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1; /* more processors than the set can hold */
    return (size_t)CPU_COUNT(&set);
}

/* Under the mutex, which is released during the work. */
static void do_items(struct team *team)
{
    while (team->next < team->count) {
        size_t item = team->next++;
        pthread_mutex_unlock(&team->mutex);
        team->work(team->context, item);
        pthread_mutex_lock(&team->mutex);
        if (++team->finished == team->count)
            pthread_cond_signal(&team->done);
    }
}

static void *help(void *argument)
{
    struct team *team = argument;
    pthread_mutex_lock(&team->mutex);
    while (!team->closing) {
        do_items(team);
        if (!team->closing)
            pthread_cond_wait(&team->begun, &team->mutex);
    }
    pthread_mutex_unlock(&team->mutex);
    return NULL;
}

struct team *team_create(const char *name, size_t threads)
{
    struct team *team = calloc(1, sizeof *team);
    REQUIRE(team && threads > 0);
    team->helper_count = threads - 1;
    team->helpers = calloc(threads, sizeof *team->helpers);
    REQUIRE(team->helpers && pthread_mutex_init(&team->mutex, NULL) == 0);
    REQUIRE(pthread_cond_init(&team->begun, NULL) == 0);
    REQUIRE(pthread_cond_init(&team->done, NULL) == 0);
    for (size_t i = 0; i < team->helper_count; i++) {
        REQUIRE(pthread_create(&team->helpers[i], NULL, help, team) == 0);
        pthread_setname_np(team->helpers[i], name);
    }
    return team;
}

void team_destroy(struct team *team)
{
    if (!team)
        return;
    pthread_mutex_lock(&team->mutex);
    team->closing = true;
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->mutex);
    for (size_t i = 0; i < team->helper_count; i++)
        pthread_join(team->helpers[i], NULL);
    pthread_cond_destroy(&team->begun);
    pthread_cond_destroy(&team->done);
    pthread_mutex_destroy(&team->mutex);
    free(team->helpers);
    free(team);
}

static void run_alone(size_t count, team_work_fn *work, void *context)
{
    for (size_t i = 0; i < count; i++)
        work(context, i);
}

void team_run(struct team *team, size_t count, team_work_fn *work, void *context)
{
    if (!team || team->helper_count == 0 || count < 2) {
        run_alone(count, work, context);
        return;
    }
    pthread_mutex_lock(&team->mutex);
    team->work = work;
    team->context = context;
    team->count = count;
    team->next = team->finished = 0;
    pthread_cond_broadcast(&team->begun);
    do_items(team);
    while (team->finished < team->count)
        pthread_cond_wait(&team->done, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}
