#include "tests/write_model/counter.h"

#include "base/json.h"
#include "tests/support/claims.h"

#include <semaphore.h>
#include <string.h>
#include <sys/stat.h>

struct counter {
    int64_t total;
    bool closed;
};

static sem_t held, released;

__attribute__((constructor)) static void make_semaphores(void)
{
    sem_init(&held, 0, 0);
    sem_init(&released, 0, 0);
}

void counter_release(void)
{
    sem_post(&released);
}

void counter_wait_held(void)
{
    sem_wait(&held);
}

static void *create(void)
{
    void *state = calloc(1, sizeof(struct counter));
    REQUIRE(state);
    return state;
}

static enum err evolve(void *state, const char *type, const json_t *data, struct error *error)
{
    struct counter *self = state;
    if (strcmp(type, "counter.broken.v1") == 0)
        return error_set(error, ERR_CORRUPT, "it is broken");
    if (strcmp(type, "counter.closed.v1") == 0)
        self->closed = true;
    else
        self->total += json_int_or(data, "n", 0);
    return OK;
}

static json_t *to_json(const void *state)
{
    const struct counter *self = state;
    return json_pack("{s:I, s:b}", "total", (json_int_t)self->total, "closed", self->closed);
}

static enum err from_json(const json_t *json, void **ret_state, struct error *error)
{
    (void)error;
    struct counter *self = create();
    self->total = json_int_or(json, "total", 0);
    self->closed = json_is_true(json_object_get(json, "closed"));
    *ret_state = self;
    return OK;
}

static size_t size(const void *state)
{
    (void)state;
    return sizeof(struct counter);
}

static enum err add(const void *state, const struct command *command, struct decision *decision,
                    struct error *error)
{
    const struct counter *self = state;
    int64_t n = json_int_or(command->data, "n", 1);
    int64_t times = n ? json_int_or(command->data, "times", 1) : 0;
    if (self->closed)
        return error_set(error, ERR_REFUSED, "counter %s is closed", command->id);
    for (int64_t i = 1; i <= times; i++)
        decision_add(decision, "counter.added.v1",
                     json_pack("{s:I, s:I}", "n", (json_int_t)n, "total",
                               (json_int_t)(self->total + i * n)));
    return OK;
}

static enum err close_it(const void *state, const struct command *command,
                         struct decision *decision, struct error *error)
{
    (void)state, (void)command, (void)error;
    decision_add(decision, "counter.closed.v1", json_object());
    return OK;
}

static enum err break_it(const void *state, const struct command *command,
                         struct decision *decision, struct error *error)
{
    enum err err = add(state, command, decision, error);
    decision_add(decision, "counter.broken.v1", json_object());
    return err;
}

static enum err hold(const void *state, const struct command *command, struct decision *decision,
                     struct error *error)
{
    sem_post(&held);
    sem_wait(&released);
    return add(state, command, decision, error);
}

/* A valid event, then one that breaks the declarations. */
static enum err err_it(const void *state, const struct command *command, struct decision *decision,
                       struct error *error)
{
    const char *how = json_string_or(command->data, "how", "");
    enum err err = add(state, command, decision, error);
    if (strcmp(how, "type") == 0)
        decision_add(decision, "counter.aded.v1", json_pack("{s:i, s:i}", "n", 1, "total", 2));
    else if (strcmp(how, "undeclared") == 0)
        decision_add(decision, "counter.closed.v1", json_object());
    else
        decision_add(decision, "counter.added.v1", json_pack("{s:s, s:i}", "n", "1", "total", 2));
    return err;
}

static const char *const events[] = {"counter.added.v1", "counter.closed.v1", "counter.broken.v1",
                                     NULL};
static const struct command_kind commands[] = {
    {"add", "adds", add, events},
    {"close", "closes", close_it, events},
    {"break", "breaks", break_it, events},
    {"err", "decides events that it must not", err_it, COMMAND_EVENTS("counter.added.v1")},
    {"hold", "waits", hold, events},
    {0},
};

struct aggregate counter = {
    .category = "counter",
    .state_format = 1,
    .create = create,
    .destroy = free,
    .evolve = evolve,
    .to_json = to_json,
    .from_json = from_json,
    .size = size,
    .commands = commands,
};

void counter_write_schemas(const char *directory)
{
    static const char *const schemas[][2] = {
        {"added", "{\"type\":\"object\",\"required\":[\"n\",\"total\"],\"properties\":"
                  "{\"n\":{\"type\":\"integer\"},\"total\":{\"type\":\"integer\"}}}"},
        {"closed", "true"},
        {"broken", "true"},
    };
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/events", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(mkdir(path.at, 0700), 0);
    for (size_t i = 0; i < 3; i++) {
        text_clear(&path);
        text_printf(&path, "%s/events/counter.%s.v1.json", directory, schemas[i][0]);
        test_file_write(path.at, schemas[i][1]);
    }
}
