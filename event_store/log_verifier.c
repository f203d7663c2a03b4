#include "event_store/log_verifier.h"

#include "base/breaker.h"
#include "base/clock.h"
#include "base/log.h"
#include "event_store/event_verify.h"
#include "telemetry/metrics.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASS_MS      (24LL * 3600 * 1000)
#define REST_TIMES   30    /* as long as it has worked */
#define HEAD_REST_MS 1000  /* at the head of the log */
#define RETRY_MS     60000 /* after an error, at most */
#define PRIORITY     19    /* nice */

struct log_verifier {
    struct log_verifier_options options;
    struct event_store *log; /* the thread's; NULL: to be opened */
    struct verified verified;
    int64_t pass_began_ms;
    struct breaker breaker; /* of reading the log */
    struct metric_series *position;

    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping; /* mutex */
};

/* False if it is to stop. */
static bool rest_ms(struct log_verifier *verifier, int64_t ms)
{
    struct timespec until = clock_monotonic_moment(clock_monotonic_ms() + ms);
    pthread_mutex_lock(&verifier->mutex);
    while (!verifier->stopping && pthread_cond_clockwait(&verifier->wake, &verifier->mutex,
                                                         CLOCK_MONOTONIC, &until) == 0) {
    }
    bool goes_on = !verifier->stopping;
    pthread_mutex_unlock(&verifier->mutex);
    return goes_on;
}

static bool begin_pass_if_due(struct log_verifier *verifier)
{
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - verifier->pass_began_ms < verifier->options.pass_ms)
        return false;
    verifier->verified = (struct verified){0};
    verifier->pass_began_ms = now_ms;
    return true;
}

static enum err verify_on(struct log_verifier *verifier, size_t *ret_count, struct error *error)
{
    enum err err = verifier->log ? OK
                                 : event_store_open(verifier->options.log_url, EVENT_STORE_READ,
                                                    &verifier->log, error);
    if (!err)
        err = event_verify_next(verifier->log, INT64_MAX, &verifier->verified, ret_count, error);
    metric_set(verifier->position, verifier->verified.position);
    return err;
}

/* A file that cannot be read now is not a damaged one. Returns how long to wait. */
static int64_t back_off(struct log_verifier *verifier, const struct error *error)
{
    int64_t now_ms = clock_monotonic_ms();
    if (breaker_failed(&verifier->breaker, error->code, now_ms))
        log_warning("background verification: %s; trying again", error->text);
    event_store_close(verifier->log);
    verifier->log = NULL;
    return breaker_wait_ms(&verifier->breaker, now_ms);
}

/* Verifies some events; returns how long to rest, or -1 to end. */
static int64_t take_step(struct log_verifier *verifier)
{
    struct error error = {0};
    size_t count = 0;
    int64_t begin_ms = clock_monotonic_ms();
    enum err err = verify_on(verifier, &count, &error);
    if (err == ERR_CORRUPT) {
        log_damage_report(verifier->options.damage, "background verification", &error);
        return -1;
    }
    if (err)
        return back_off(verifier, &error);
    if (breaker_worked(&verifier->breaker, clock_monotonic_ms()))
        log_info("background verification: the log is readable again");
    if (count > 0)
        return 1 + REST_TIMES * (clock_monotonic_ms() - begin_ms);
    return begin_pass_if_due(verifier) ? 1 : HEAD_REST_MS;
}

static void *run(void *context)
{
    struct log_verifier *verifier = context;
    pthread_setname_np(pthread_self(), "log-verify");
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), PRIORITY); /* of this thread alone */
    for (int64_t ms = 0; ms >= 0 && rest_ms(verifier, ms);)
        ms = take_step(verifier);
    event_store_close(verifier->log);
    return NULL;
}

void log_verifier_start(const struct log_verifier_options *options,
                        struct log_verifier **ret_verifier)
{
    struct log_verifier *verifier = calloc(1, sizeof *verifier);
    REQUIRE(verifier);
    verifier->options = *options;
    verifier->breaker = (struct breaker){.backoff = {.first_ms = RETRY_MS, .longest_ms = RETRY_MS},
                                         .failures_most = 1};
    if (!verifier->options.pass_ms)
        verifier->options.pass_ms = PASS_MS;
    verifier->pass_began_ms = clock_monotonic_ms();
    verifier->position = metric_series(METRIC_LOG_VERIFIED, "");
    REQUIRE(pthread_mutex_init(&verifier->mutex, NULL) == 0);
    REQUIRE(pthread_cond_init(&verifier->wake, NULL) == 0);
    REQUIRE(pthread_create(&verifier->thread, NULL, run, verifier) == 0);
    *ret_verifier = verifier;
}

void log_verifier_stop(struct log_verifier *verifier)
{
    if (!verifier)
        return;
    pthread_mutex_lock(&verifier->mutex);
    verifier->stopping = true;
    pthread_cond_signal(&verifier->wake);
    pthread_mutex_unlock(&verifier->mutex);
    pthread_join(verifier->thread, NULL);
    pthread_cond_destroy(&verifier->wake);
    pthread_mutex_destroy(&verifier->mutex);
    free(verifier);
}
