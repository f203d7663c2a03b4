/* annal dead-letters: an operator lists, retries and skips events that a model cannot apply, with a
 * worker that holds the model and without one. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>
#include <sys/stat.h>

/* The model cannot apply an event of more than nine volumes. */
static const char definition[] =
    "-- schema\n"
    "CREATE TABLE stacks (book TEXT PRIMARY KEY, volumes INTEGER NOT NULL, most INTEGER\n"
    "                   CHECK (most < 10)) STRICT;\n"
    "-- on shelf.stocked.v1\n"
    "INSERT INTO stacks VALUES (:id, :data ->> 'copies', :data ->> 'copies')\n"
    "    ON CONFLICT DO UPDATE SET volumes = volumes + excluded.volumes, most = excluded.most;\n";

static const char *data;
static char models[256];
static struct annal_process commands, projector;

static void stock(const char *book, int copies)
{
    AUTO(http_reply) struct http_reply reply = {0};
    char path[100], body[50];
    snprintf(path, sizeof path, "/commands/shelf/%s/stock", book);
    snprintf(body, sizeof body, "{\"copies\":%d}", copies);
    http_post_json(annal_address(&commands, NULL), path, body, &reply);
    assert_true(reply.status < 300);
}

static void start_projector(void)
{
    annal_start(&projector, data,
                (const char *[]){"projector", "stacks", "--bus", "log:", "--models", models, NULL});
}

/* B-1 is parked at 2 with one behind, B-2 at 4. */
static int begin(void **state)
{
    (void)state;
    AUTO(text) struct text file = {0};
    data = test_directory_make();
    snprintf(models, sizeof models, "%s/models", data);
    assert_int_equal(mkdir(models, 0700), 0);
    text_printf(&file, "%s/stacks.sql", models);
    test_file_write(file.at, definition);
    annal_start(
        &commands, data,
        (const char *[]){"commands", "--bus", "log:", "--commands-listen", "127.0.0.1:0", NULL});
    stock("B-1", 1);
    stock("B-1", 20);
    stock("B-1", 2);
    stock("B-2", 30);
    assert_int_equal(annal_run(data,
                               (const char *[]){"rebuild", "stacks", "--models", models, NULL},
                               NULL, NULL),
                     0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (projector.pid)
        annal_stop(&projector, 20);
    annal_stop(&commands, 20);
    test_directory_remove(data);
    return 0;
}

static int dead_letters(const char *const *words, struct text *out, struct text *errors)
{
    const char *all[16] = {"dead-letters"};
    size_t count = 1;
    while (*words)
        all[count++] = *words++;
    all[count] = NULL;
    return annal_run(data, all, out, errors);
}

static void a_rebuild_parks_a_poison_event_like_a_worker(void **state)
{
    (void)state;
    AUTO(text) struct text built = {0}, live = {0};
    assert_int_equal(dead_letters((const char *[]){"list", NULL}, &built, NULL), 0);
    assert_text_contains(built.at, "stacks  shelf/B-1  parked at 2 by shelf.stocked.v1");
    assert_text_contains(built.at, "1 behind it: ");
    assert_text_contains(built.at, "CHECK constraint failed");
    assert_text_contains(built.at, "stacks  shelf/B-2  parked at 4");
    start_projector();
    stock("B-3", 50);
    for (int tries = 0; tries < 100 && !strstr(live.at ? live.at : "", "B-3"); tries++) {
        test_pause_ms(20);
        text_clear(&live);
        assert_int_equal(dead_letters((const char *[]){"list", "stacks", NULL}, &live, NULL), 0);
    }
    assert_text_contains(live.at, "stacks  shelf/B-3  parked at 5");
}

static void json_prints_one_line_per_dead_letter(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(dead_letters((const char *[]){"list", "--json", NULL}, &out, NULL), 0);
    char *second = strchr(out.at, '\n');
    assert_non_null(second);
    *second = '\0';
    AUTO(json) json_t *first = json_loads(out.at, 0, NULL);
    assert_string_equal(json_string_or(first, "model", ""), "stacks");
    assert_string_equal(json_string_or(first, "stream", ""), "shelf/B-1");
    assert_int_equal(json_int_or(first, "position", 0), 2);
    assert_int_equal(json_int_or(first, "behind", 0), 1);
    assert_int_equal(json_int_or(first, "tries", 0), 3);
}

static void show_prints_the_event_with_its_data(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, errors = {0};
    assert_int_equal(
        dead_letters((const char *[]){"show", "stacks", "shelf/B-1", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "parked at 2");
    assert_text_contains(out.at, "\"data\":{\"copies\":20");
    assert_int_equal(
        dead_letters((const char *[]){"show", "stacks", "shelf/B-9", NULL}, NULL, &errors), 1);
    assert_text_contains(errors.at, "the stream shelf/B-9 is not parked");
}

static void a_retry_of_an_event_that_is_still_poison_fails_with_the_reason(void **state)
{
    (void)state;
    AUTO(text) struct text one = {0}, all = {0};
    assert_int_equal(
        dead_letters((const char *[]){"retry", "stacks", "shelf/B-1", NULL}, NULL, &one), 1);
    assert_text_contains(one.at, "shelf/B-1 is still parked");
    assert_text_contains(one.at, "CHECK constraint failed");
    assert_int_equal(dead_letters((const char *[]){"retry", "stacks", NULL}, NULL, &all), 1);
    assert_text_contains(all.at, "shelf/B-1 is still parked");
    assert_text_contains(all.at, "shelf/B-2 is still parked");
}

static void a_skip_requires_the_position_of_the_poison_event(void **state)
{
    (void)state;
    AUTO(text) struct text errors = {0};
    const char *wrong[] = {"skip", "stacks", "shelf/B-1", "1", "--reason", "x", NULL};
    const char *silent[] = {"skip", "stacks", "shelf/B-1", "2", NULL};
    assert_int_equal(dead_letters(wrong, NULL, &errors), 1);
    assert_text_contains(errors.at, "is parked at position 2, not at 1");
    assert_int_equal(dead_letters(silent, NULL, NULL), 2);
}

static void check_rows(const char *expected)
{
    struct annal_process queries;
    AUTO(http_reply) struct http_reply reply = {0};
    annal_start(
        &queries, data,
        (const char *[]){"queries", "--queries-listen", "127.0.0.1:0", "--models", models, NULL});
    http_get(annal_address(&queries, NULL), "/read/stacks?fields=book,volumes", &reply);
    annal_stop(&queries, 20);
    assert_string_equal(reply.body.at, expected);
}

static void a_skip_frees_the_stream_with_a_worker_and_without(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    const char *first[] = {"skip", "stacks", "shelf/B-1", "2", "--reason", "a typing error", NULL};
    const char *second[] = {"skip", "stacks", "shelf/B-2", "4", "--reason", "another", NULL};
    assert_int_equal(dead_letters(first, &out, NULL), 0);
    assert_text_contains(out.at, "position 2 is skipped, shelf/B-1 is applied");
    assert_int_equal(annal_stop(&projector, 20), 0);
    assert_int_equal(dead_letters(second, NULL, NULL), 0);
    check_rows("{\"rows\":[{\"book\":\"B-1\",\"volumes\":3}]}");
}

static void skips_are_listed_and_outlive_a_rebuild(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    assert_int_equal(annal_run(data,
                               (const char *[]){"rebuild", "stacks", "--models", models, NULL},
                               NULL, NULL),
                     0);
    assert_int_equal(dead_letters((const char *[]){"list", NULL}, &out, NULL), 0);
    assert_text_contains(out.at, "stacks  shelf/B-1  skipped at 2, shelf.stocked.v1, on ");
    assert_text_contains(out.at, ": a typing error\n");
    assert_text_contains(out.at, "stacks  shelf/B-3  parked at 5");
    assert_null(strstr(out.at, "shelf/B-1  parked"));
    check_rows("{\"rows\":[{\"book\":\"B-1\",\"volumes\":3}]}");
}

/* The definition files are missing. */
static void check_and_prune_need_no_definitions(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0}, errors = {0};
    setenv("ANNAL_MODELS", "/nowhere", 1);
    setenv("ANNAL_SCHEMAS", "/nowhere", 1);
    int pruned =
        annal_run(data, (const char *[]){"models", "prune", "stacks", NULL}, NULL, &errors);
    int checked = annal_run(data, (const char *[]){"check", NULL}, &out, &errors);
    int unknown = annal_run(data, (const char *[]){"check", "stakcs", NULL}, NULL, &errors);
    int listed = annal_run(data, (const char *[]){"dead-letters", "list", NULL}, NULL, &errors);
    unsetenv("ANNAL_MODELS");
    unsetenv("ANNAL_SCHEMAS");
    assert_int_equal(pruned, 0);
    assert_int_equal(checked, 0);
    assert_text_contains(out.at, "stacks equals a rebuild at position ");
    assert_int_equal(unknown, 1);
    assert_text_contains(errors.at, "read model stakcs not found in ");
    assert_text_contains(errors.at, "did you mean stacks? It has stacks");
    assert_int_equal(listed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rebuild_parks_a_poison_event_like_a_worker),
        cmocka_unit_test(json_prints_one_line_per_dead_letter),
        cmocka_unit_test(show_prints_the_event_with_its_data),
        cmocka_unit_test(a_retry_of_an_event_that_is_still_poison_fails_with_the_reason),
        cmocka_unit_test(a_skip_requires_the_position_of_the_poison_event),
        cmocka_unit_test(a_skip_frees_the_stream_with_a_worker_and_without),
        cmocka_unit_test(skips_are_listed_and_outlive_a_rebuild),
        cmocka_unit_test(check_and_prune_need_no_definitions),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
