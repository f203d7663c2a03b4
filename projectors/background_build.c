#include "projectors/background_build.h"

#include "base/stop.h"
#include "projectors/generation_build.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 10
#define ASK_MS   50

struct background_build {
    struct build_options options;
    const struct model *model;
    struct mailbox *mailbox;
    pthread_t thread;
    atomic_bool stopping, ended;
    enum err err;
    struct error error;
};

static bool is_stopping(const struct background_build *builder)
{
    return atomic_load(&builder->stopping) || stop_is_requested();
}

static bool go_on(void *context, int64_t position, int64_t head)
{
    (void)position, (void)head;
    return !is_stopping(context);
}

static enum err have_served(struct background_build *builder, int64_t number, struct error *error)
{
    struct request request = {.kind = REQUEST_CUTOVER, .number = number};
    while (!is_stopping(builder)) {
        enum err err = mailbox_ask(builder->mailbox, &request, error);
        if (err != ERR_NOT_READY && err != ERR_BUSY)
            return err;
        stop_wait_ms(ASK_MS);
    }
    return error_set(error, ERR_INTERRUPTED, "stopped before the cutover");
}

static void *build(void *argument)
{
    struct background_build *builder = argument;
    int64_t number = 0;
    pthread_setname_np(pthread_self(), "builder");
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS); /* on Linux, of this thread alone */
    builder->err =
        generation_build(&builder->options, &builder->model, 1, &number, &builder->error);
    if (!builder->err)
        builder->err = have_served(builder, number, &builder->error);
    atomic_store(&builder->ended, true);
    return NULL;
}

struct background_build *background_build_start(const struct build_options *options,
                                                const struct model *model, struct mailbox *mailbox)
{
    struct background_build *builder = calloc(1, sizeof *builder);
    REQUIRE(builder);
    builder->options = *options;
    builder->model = model;
    builder->options.progress = go_on;
    builder->options.context = builder;
    builder->mailbox = mailbox;
    REQUIRE(pthread_create(&builder->thread, NULL, build, builder) == 0);
    return builder;
}

bool background_build_has_ended(const struct background_build *builder)
{
    return atomic_load(&builder->ended);
}

enum err background_build_join(struct background_build *builder, struct error *error)
{
    atomic_store(&builder->stopping, true);
    pthread_join(builder->thread, NULL);
    enum err err = builder->err ? error_set(error, builder->err, "%s", builder->error.text) : OK;
    free(builder);
    return err;
}
