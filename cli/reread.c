/* The thread waits on two descriptors: that of SIGHUP, and one that reread_stop() writes. The mutex
 * protects what other threads read. */
#include "cli/role.h"

#include "base/hangup.h"
#include "base/log.h"
#include "base/wake.h"
#include "schema/catalogue/catalogue_compare.h"
#include "telemetry/metrics.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

struct reread {
    struct reread_options options;
    struct catalogue *current; /* the last accepted */
    pthread_t thread;
    int end_fd;
    struct metric_series *metric_accepted, *metric_rejected, *metric_stale;
    pthread_mutex_t mutex;
    struct text trouble; /* under the mutex; empty: none */
};

static void set_trouble(struct reread *reread, const char *trouble)
{
    pthread_mutex_lock(&reread->mutex);
    text_clear(&reread->trouble);
    text_add(&reread->trouble, trouble);
    pthread_mutex_unlock(&reread->mutex);
    metric_set(reread->metric_stale, trouble[0] != '\0');
}

static void reject(struct reread *reread, const struct error *error)
{
    log_error("schema reload rejected; the previous schemas stay in use: %s", error->text);
    set_trouble(reread, error->text);
    metric_add(reread->metric_rejected, 1);
    if (reread->options.rejected)
        reread->options.rejected(reread->options.context);
}

static void log_news(const struct catalogue_news *news)
{
    if (news->added_count)
        log_info("schemas: added %s", news->added.at);
    if (news->changed_count)
        log_info("schemas: changed %s; read models that use them are rebuilt at the next start",
                 news->changed.at);
    if (news->upcaster_count)
        log_warning("schemas: changed %s: takes effect at the next start", news->upcasters.at);
    if (!news->added_count && !news->changed_count && !news->upcaster_count)
        log_info("schemas reloaded: no change");
}

static void accept_next(struct reread *reread, const struct catalogue *next,
                        const struct catalogue_news *news)
{
    catalogue_close(reread->current);
    reread->current = catalogue_hold(next);
    if (reread->options.accepted)
        reread->options.accepted(reread->options.context, next);
    log_news(news);
    set_trouble(reread, "");
    metric_add(reread->metric_accepted, 1);
}

static void read_again(struct reread *reread)
{
    AUTO(catalogue) struct catalogue *next = NULL;
    AUTO(catalogue_news) struct catalogue_news news = {0};
    struct error error = {0};
    enum err err = catalogue_open(reread->options.files, reread->options.directory, &next, &error);
    if (!err)
        err = catalogue_compare_update(reread->options.catalogue, reread->current, next, &news,
                                       &error);
    if (err)
        reject(reread, &error);
    else
        accept_next(reread, next, &news);
}

static void *run(void *reread_)
{
    struct reread *reread = reread_;
    struct pollfd wait[] = {{.fd = reread->end_fd, .events = POLLIN},
                            {.fd = hangup_fd(), .events = POLLIN}};
    pthread_setname_np(pthread_self(), "reread");
    while (poll(wait, 2, -1) < 0 || !wait[0].revents)
        if (hangup_take())
            read_again(reread);
    return NULL;
}

struct reread *reread_start(const struct reread_options *options)
{
    struct reread *reread = calloc(1, sizeof *reread);
    REQUIRE(reread);
    reread->options = *options;
    reread->current = catalogue_hold(options->catalogue);
    reread->metric_accepted = metric_series(METRIC_SCHEMAS_REREAD, "accepted");
    reread->metric_rejected = metric_series(METRIC_SCHEMAS_REREAD, "rejected");
    reread->metric_stale = metric_series(METRIC_SCHEMAS_STALE, "");
    REQUIRE(wake_open(&reread->end_fd, NULL) == OK);
    REQUIRE(pthread_mutex_init(&reread->mutex, NULL) == 0);
    REQUIRE(pthread_create(&reread->thread, NULL, run, reread) == 0);
    return reread;
}

void reread_stop(struct reread *reread)
{
    if (!reread)
        return;
    wake_signal(reread->end_fd);
    pthread_join(reread->thread, NULL);
    close(reread->end_fd);
    catalogue_close(reread->current);
    pthread_mutex_destroy(&reread->mutex);
    text_finish(&reread->trouble);
    free(reread);
}

json_t *reread_trouble(struct reread *reread)
{
    pthread_mutex_lock(&reread->mutex);
    json_t *trouble = reread->trouble.length ? json_string(reread->trouble.at) : json_null();
    pthread_mutex_unlock(&reread->mutex);
    return trouble;
}
