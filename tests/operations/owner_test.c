/* An action on a file is done here, or by the process that owns the file. */
#include "operations/owner.h"

#include "tests/support/claims.h"

#include "base/json.h"
#include "base/stop.h"
#include "http/control.h"

#include <stdatomic.h>

#define TRIES_MOST 4

static const char *data;
static struct control *owner;

/* What happens at each try, here and in the owner; the last one repeats. */
static struct script {
    enum err here[TRIES_MOST], owner[TRIES_MOST];
    int here_tries;
    atomic_int owner_tries;
    int64_t answer;
} script;

static enum err answer(void *context, const json_t *body, json_t **ret_answer, struct error *error)
{
    (void)context;
    int i = atomic_fetch_add(&script.owner_tries, 1);
    enum err err = script.owner[i < TRIES_MOST ? i : TRIES_MOST - 1];
    if (err)
        return error_set(error, err, "says the owner");
    *ret_answer = json_pack("{s:O}", "number", json_object_get(body, "number"));
    return OK;
}

static const struct control_route routes[] = {{.method = "POST", .path = "/do", .action = answer},
                                              {0}};

static enum err do_here(void *context, struct error *error)
{
    (void)context;
    int i = script.here_tries++;
    enum err err = script.here[i < TRIES_MOST ? i : TRIES_MOST - 1];
    return err ? error_set(error, err, "the file is held by an owner, pid 1") : OK;
}

static enum err read_answer(void *context, const json_t *body, struct error *error)
{
    (void)context, (void)error;
    script.answer = json_int_or(body, "number", 0);
    return OK;
}

static enum err run(bool *ret_asked, struct error *error)
{
    AUTO(json) json_t *body = json_pack("{s:i}", "number", 7);
    return owner_do(&(struct owner_action){.data_directory = data,
                                           .role = "owner",
                                           .path = "/do",
                                           .body = body,
                                           .here = do_here,
                                           .answered = read_answer},
                    ret_asked, error);
}

static int begin(void **state)
{
    (void)state;
    data = test_directory_make();
    script = (struct script){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    control_close(owner);
    owner = NULL;
    test_directory_remove(data);
    return 0;
}

static void start_owner(void)
{
    struct control_options options = {.data_directory = data, .role = "owner", .routes = routes};
    assert_ok(control_open(&options, &owner, &error));
}

static void without_an_owner_it_is_done_here(void **state)
{
    (void)state;
    bool asked = true;
    assert_ok(run(&asked, &error));
    assert_false(asked);
    assert_int_equal(script.here_tries, 1);
}

static void the_owner_is_asked_until_it_has_done_it(void **state)
{
    (void)state;
    bool asked = false;
    script = (struct script){.here = {ERR_LOCKED, ERR_LOCKED, ERR_LOCKED, ERR_LOCKED},
                             .owner = {ERR_BUSY, ERR_NOT_READY, OK}};
    start_owner();
    assert_ok(run(&asked, &error));
    assert_true(asked);
    assert_int_equal(atomic_load(&script.owner_tries), 3);
    assert_int_equal(script.answer, 7);
}

static void a_final_answer_ends_the_action(void **state)
{
    (void)state;
    static const enum err final[] = {ERR_DISK_FULL, ERR_POISON, ERR_REFUSED};
    start_owner();
    for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
        script = (struct script){.here = {ERR_LOCKED}, .owner = {final[i]}};
        assert_err(final[i], run(NULL, &error));
        assert_int_equal(atomic_load(&script.owner_tries), 1);
        script = (struct script){.here = {final[i]}};
        assert_err(final[i], run(NULL, &error));
        assert_int_equal(script.here_tries, 1);
    }
}

/* It has the lock, but does not listen any more. */
static void an_owner_that_ends_leaves_the_action_to_the_task(void **state)
{
    (void)state;
    bool asked = true;
    script = (struct script){.here = {ERR_LOCKED, ERR_LOCKED, OK}};
    assert_ok(run(&asked, &error));
    assert_false(asked);
    assert_int_equal(script.here_tries, 3);
}

/* Last: the process keeps the request to stop. */
static void an_owner_without_its_socket_is_reported_as_running(void **state)
{
    (void)state;
    struct error error = {0};
    script = (struct script){.here = {ERR_LOCKED}};
    stop_request();
    assert_int_equal(run(NULL, &error), ERR_INTERRUPTED);
    assert_text_contains(error.text, "held by an owner, pid 1, which cannot be reached: ");
    assert_null(strstr(error.text, "may have been"));
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CLAIM(without_an_owner_it_is_done_here),
        CLAIM(the_owner_is_asked_until_it_has_done_it),
        CLAIM(a_final_answer_ends_the_action),
        CLAIM(an_owner_that_ends_leaves_the_action_to_the_task),
        CLAIM(an_owner_without_its_socket_is_reported_as_running),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
