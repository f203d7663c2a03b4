#include "cli/role.h"

#include "base/clock.h"
#include "base/hangup.h"
#include "base/log.h"
#include "base/stop.h"
#include "http/http_lingering.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TRIM_EVERY_MS 10000

static enum err read_log_level(const char *name, enum log_level *ret, struct error *error)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum log_level)i;
            return OK;
        }
    }
    return error_set(error, ERR_USAGE, "--log-level %s: it must be debug, info, warning or error",
                     name);
}

/* Each connection takes a descriptor; raises the limit as far as the system allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warning("the limit of open files cannot be raised: %s", strerror(errno));
}

/* The name in ps and top, which would be "exe" for a role that `annal up` started. */
static void name_process(const char *role)
{
    char name[16];
    snprintf(name, sizeof name, "annal-%s", role);
    prctl(PR_SET_NAME, name);
}

enum err role_begin(const char *role, const struct options *options, struct error *error)
{
    enum log_level level = LOG_LEVEL_INFO;
    enum err err = read_log_level(options->value[OPTION_LOG_LEVEL], &level, error);
    if (err)
        return err;
    log_begin(role, level);
    name_process(role);
    raise_descriptor_limit();
    hangup_begin();
    if (mkdir(options->value[OPTION_DATA], 0700) != 0 && errno != EEXIST)
        return error_set(error, ERR_IO, "make %s: %s", options->value[OPTION_DATA],
                         strerror(errno));
    return OK;
}

void role_warn_of_others(const struct options *options)
{
    const char *data = options->value[OPTION_DATA];
    struct stat status;
    if (stat(data, &status) == 0 && status.st_mode & 077)
        log_warning("other users may read %s (mode %04o): chmod -R go-rwx %s", data,
                    (unsigned)status.st_mode & 07777, data);
}

enum err role_open_catalogue(const struct options *options, struct catalogue **ret_catalogue,
                             struct error *error)
{
    return catalogue_open(&options->domain.schemas, option_or_null(options, OPTION_SCHEMAS),
                          ret_catalogue, error);
}

struct reread *role_reread(const struct options *options, const struct catalogue *catalogue)
{
    return reread_start(
        &(struct reread_options){.files = &options->domain.schemas,
                                 .directory = option_or_null(options, OPTION_SCHEMAS),
                                 .catalogue = catalogue});
}

enum err role_open_models(const struct options *options, const struct catalogue *catalogue,
                          struct models **ret_models, struct error *error)
{
    return models_open(options->domain.read_models, option_or_null(options, OPTION_MODELS),
                       catalogue, ret_models, error);
}

static void add_sagas(const struct saga_kind *const *sagas, struct consumers *consumers)
{
    for (size_t i = 0; sagas[i]; i++)
        for (const char *const *type = sagas[i]->event_types; *type; type++)
            consumers_add_saga(consumers, *type, sagas[i]->name);
}

bool role_consumers(const struct options *options, const struct catalogue *catalogue,
                    struct consumers *ret_consumers)
{
    AUTO(models) struct models *models = NULL;
    AUTO(consumers) struct consumers consumers = {0};
    struct error error = {0};
    enum err err = role_open_models(options, catalogue, &models, &error);
    if (!err)
        err = consumers_collect(models, catalogue, &consumers, &error);
    if (err) {
        log_warning("consumers of event types are not listed: %s", error.text);
        return false;
    }
    add_sagas(options->domain.sagas, &consumers);
    *ret_consumers = consumers;
    consumers = (struct consumers){0};
    return true;
}

/* Each of up to 7 threads holds the file and the WAL of a read model, and all share one -shm;
 * during a cutover there are two generations. */
#define DESCRIPTORS_PER_MODEL 20
/* Lingering connections; the log and its readers; sockets; relays; inherited descriptors. */
#define DESCRIPTORS_ELSE      (HTTP_LINGERING_MOST + 80)

/* raise_descriptor_limit() has raised the limit as far as the system allows. */
static enum err fit_connections(size_t models, int64_t *connections, struct error *error)
{
    struct rlimit limit;
    int64_t reserve = DESCRIPTORS_ELSE + (int64_t)models * DESCRIPTORS_PER_MODEL;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        (int64_t)limit.rlim_cur - reserve >= *connections)
        return OK;
    int64_t fit = (int64_t)limit.rlim_cur - reserve;
    if (fit < 1)
        return error_set(error, ERR_USAGE,
                         "the limit of open files, %lld, is too low: %lld are needed beside "
                         "connections; raise it (ulimit -n, or LimitNOFILE= of systemd)",
                         (long long)limit.rlim_cur, (long long)reserve);
    log_warning("at most %lld connections, not %lld as --connections says: the limit of open files "
                "is %lld (ulimit -n, or LimitNOFILE= of systemd), %lld of which are for files",
                (long long)fit, (long long)*connections, (long long)limit.rlim_cur,
                (long long)reserve);
    *connections = fit;
    return OK;
}

enum err role_http_limits(const struct options *options, size_t models,
                          struct http_limits *ret_limits, struct error *error)
{
    int64_t connections = option_int(options, OPTION_CONNECTIONS);
    enum err err = fit_connections(models, &connections, error);
    if (err)
        return err;
    *ret_limits = (struct http_limits){
        .body_bytes = (size_t)option_int(options, OPTION_BODY_LIMIT),
        .body_values = (size_t)option_int(options, OPTION_BODY_VALUES),
        .body_bytes_per_second = (size_t)option_int(options, OPTION_BODY_RATE),
        .bodies_in_flight_bytes = (size_t)option_int(options, OPTION_BODIES_MEMORY),
        .answers_in_flight_bytes = (size_t)option_int(options, OPTION_ANSWERS_MEMORY),
        .connections = (unsigned)connections,
        .connections_per_address = (unsigned)option_int(options, OPTION_CONNECTIONS_PER_ADDRESS),
        .idle_seconds = (unsigned)option_int(options, OPTION_IDLE_TIMEOUT),
    };
    return OK;
}

static const char *find_nearest(const struct models *models, const char *name)
{
    size_t count = models_count(models);
    const char **names = calloc(count, sizeof *names);
    REQUIRE(names);
    for (size_t i = 0; i < count; i++)
        names[i] = model_name(models_at(models, i));
    const char *nearest = slice_nearest(slice_of(name), names, count);
    free(names);
    return nearest;
}

enum err role_no_such_model(const struct models *models, const char *name, struct error *error)
{
    AUTO(text) struct text names = {0};
    if (models_count(models) == 0)
        return error_set(error, ERR_DEFINITION,
                         "unknown read model %s: none is defined; name a directory with --models",
                         name);
    models_write_names(models, &names);
    const char *nearest = find_nearest(models, name);
    return error_set(error, ERR_DEFINITION, "unknown read model %s%s%s%s read models are %s", name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "? The" : "; the", names.at);
}

const char *role_other_address(const struct options *options, enum option listen)
{
    const char *address = options->value[listen], *colon = strrchr(address, ':');
    return colon && strcmp(colon, ":0") != 0 ? address : NULL;
}

void role_ready(const char *role, const char *where)
{
    printf("ready %s %s\n", role, where);
    fflush(stdout);
}

bool role_wait_ms(int64_t ms)
{
    static int64_t trimmed_ms;
    bool stop = stop_wait_ms(ms);
    int64_t now_ms = clock_monotonic_ms();
    if (!stop && now_ms - trimmed_ms >= TRIM_EVERY_MS) {
        malloc_trim(0);
        trimmed_ms = now_ms;
    }
    return stop;
}
