/* What many threads, a writer and a change of generations do to each other. */
#include "tests/read_model/read_fixture.h"

#include "base/json.h"
#include "read_model/store/generation.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define THREADS 4

struct race {
    struct read_fixture *fixture;
    atomic_bool over;
    _Atomic int64_t shown;   /* newest position any answer had */
    _Atomic int64_t answers; /* given so far */
    _Atomic int64_t faults;
    char first_fault[256]; /* the text of the first */
};

static void count_fault(struct race *race, const char *what, int64_t a, int64_t b)
{
    if (atomic_fetch_add(&race->faults, 1) == 0)
        snprintf(race->first_fault, sizeof race->first_fault, "%s: %lld, %lld", what, (long long)a,
                 (long long)b);
}

static void show(struct race *race, int64_t position)
{
    int64_t shown = atomic_load(&race->shown);
    while (shown < position && !atomic_compare_exchange_weak(&race->shown, &shown, position))
        continue;
}

static enum err read_somehow(struct race *race, int kind, struct read_answer *answer,
                             struct error *error)
{
    struct slice key = slice_of("a");
    struct read_parameter id = {slice_of("id"), key};
    if (kind == 0)
        return read_list(race->fixture->side, "things", &id, 1, answer, error);
    if (kind == 1)
        return read_query(race->fixture->side, "things_total", NULL, 0, answer, error);
    return read_row(race->fixture->side, "things", &key, 1, answer, error);
}

/* A definition that is not the program's: another column more, another query. */
static const char other_definition[] =
    "-- schema\n"
    "CREATE TABLE things (id TEXT PRIMARY KEY, colour TEXT NOT NULL DEFAULT 'red', number "
    "INTEGER)\n"
    "  STRICT, WITHOUT ROWID;\n"
    "-- on loan.opened.v1\n"
    "INSERT INTO things (id) VALUES (:id);\n"
    "-- query things_total\n"
    "SELECT count(colour) AS coloured, sum(number) AS total FROM things;\n";

/* The only row's number is the position it was committed with. */
static void *read_all_the_time(void *race_)
{
    struct race *race = race_;
    AUTO(read_answer) struct read_answer answer = {0};
    struct error error = {0};
    for (int i = 0; !atomic_load(&race->over); i++) {
        int64_t before = atomic_load(&race->shown);
        if (read_somehow(race, i % 8, &answer, &error)) {
            count_fault(race, error.text, 0, 0);
            continue;
        }
        const char *colon = strstr(answer.body.at, i % 8 == 1 ? "total\":" : "number\":");
        int64_t number = colon ? strtoll(strchr(colon, ':') + 1, NULL, 10) : -1;
        if (answer.position < before)
            count_fault(race, "went back", before, answer.position);
        if (number != answer.position)
            count_fault(race, "row and position differ", number, answer.position);
        show(race, answer.position);
        atomic_fetch_add(&race->answers, 1);
    }
    return NULL;
}

static void commit_position(struct model_store *store, int64_t position)
{
    char sql[100];
    snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO things (id, number) VALUES ('a', %lld)",
             (long long)position);
    read_fixture_commit(store, position, sql);
}

/* Now and then a cutover makes the next generation serve, sometimes to one of another definition,
 * and the one before it goes. */
static struct model_store *cutover(struct read_fixture *fixture, struct model_store *old,
                                   int64_t number, int64_t position)
{
    struct model_store *store = number % 3 == 0
                                    ? read_fixture_generation_of(fixture, other_definition, number)
                                    : read_fixture_generation(fixture, number);
    commit_position(store, position);
    assert_ok(model_store_set_state(store, GENERATION_SERVING, 0, &error));
    assert_ok(model_store_set_state(old, GENERATION_RETIRED, number, &error));
    model_store_close(old);
    read_fixture_serve(fixture, number);
    assert_ok(generation_remove(fixture->directory, "things", number - 1, &error));
    return store;
}

static void race(struct read_fixture *fixture, int64_t commits, int64_t commits_per_generation)
{
    struct race race = {.fixture = fixture};
    pthread_t threads[THREADS];
    struct model_store *store = read_fixture_generation(fixture, 1);
    int64_t generation = 1;
    commit_position(store, 1);
    read_fixture_serve(fixture, 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, &race), 0);
    for (int64_t position = 2; position <= commits; position++) {
        commit_position(store, position);
        if (position % commits_per_generation == 0)
            store = cutover(fixture, store, ++generation, position);
    }
    wait_until(20, atomic_load(&race.shown) == commits || atomic_load(&race.faults) > 0);
    atomic_store(&race.over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    model_store_close(store);
    if (atomic_load(&race.faults) > 0)
        fail_msg("%lld faults, first: %s", (long long)atomic_load(&race.faults), race.first_fault);
    assert_true(atomic_load(&race.answers) > THREADS);
}

static void no_thread_returns_an_older_position_than_any_other_has_returned(void **state)
{
    race(*state, 3000, INT64_MAX);
}

static void a_change_of_generation_shows_neither_an_error_nor_an_older_position(void **state)
{
    race(*state, 600, 20);
}

static void an_idle_thread_does_not_keep_the_wal_from_being_checkpointed(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    commit_position(store, 1);
    read_fixture_serve(fixture, 1);
    for (int i = 2; i < 5; i++) {
        (void)read_fixture_row(fixture, "things", "a", &answer);
        commit_position(store, i);
        assert_ok(db_checkpoint(model_store_db(store), &error));
    }
}

static void a_snapshot_is_soon_replaced_by_a_newer_one(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    commit_position(store, 1);
    read_fixture_serve(fixture, 1);
    (void)read_fixture_row(fixture, "things", "a", &answer);
    commit_position(store, 2);
    wait_until(5, (read_fixture_row(fixture, "things", "a", &answer), answer.position == 2));
}

static void the_next_answer_is_at_the_position_just_read(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    commit_position(store, 1);
    read_fixture_serve(fixture, 1);
    for (int64_t i = 2; i < 50; i++) {
        int64_t position = 0;
        commit_position(store, i);
        assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
        assert_int_equal(position, i);
        (void)read_fixture_row(fixture, "things", "a", &answer);
        assert_int_equal(answer.position, i);
    }
}

static void settle(struct read_fixture *fixture, int64_t position)
{
    int64_t now = 0;
    assert_ok(read_side_position(fixture->side, fixture->model, &now, &error));
    assert_int_equal(now, position);
}

static void a_file_restored_to_an_older_position_is_not_read_until_it_has_caught_up(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    struct slice key = slice_of("a");
    AUTO(model_store) struct model_store *newer = read_fixture_generation(fixture, 1);
    AUTO(model_store) struct model_store *older = read_fixture_generation(fixture, 2);
    commit_position(newer, 7);
    commit_position(older, 6);
    read_fixture_serve(fixture, 1);
    settle(fixture, 7);
    read_fixture_serve(fixture, 2);
    wait_until(5, read_row(fixture->side, "things", &key, 1, &answer, NULL) == ERR_NOT_READY);
    commit_position(older, 7);
    (void)read_fixture_row(fixture, "things", "a", &answer);
    assert_int_equal(answer.position, 7);
}

static void the_floor_starts_again_with_another_log(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(model_store) struct model_store *first = read_fixture_generation(fixture, 1);
    AUTO(model_store) struct model_store *second = read_fixture_generation(fixture, 2);
    commit_position(first, 7);
    read_fixture_commit_in_log(second, "00000000-0000-4000-8000-000000000000", 3,
                               "INSERT INTO things (id, number) VALUES ('a', 3)");
    read_fixture_serve(fixture, 1);
    settle(fixture, 7);
    read_fixture_serve(fixture, 2);
    settle(fixture, 3);
    (void)read_fixture_row(fixture, "things", "a", &answer);
    assert_int_equal(answer.position, 3);
}

static void a_file_removed_without_a_successor_is_not_ready(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(read_answer) struct read_answer answer = {0};
    AUTO(text) struct text link = {0};
    struct slice key = slice_of("a");
    read_fixture_build(fixture, "INSERT INTO things (id) VALUES ('a')");
    (void)read_fixture_row(fixture, "things", "a", &answer);
    generation_path(fixture->directory, "things", 0, &link);
    assert_int_equal(unlink(link.at), 0);
    wait_until(5, read_row(fixture->side, "things", &key, 1, &answer, NULL) == ERR_NOT_READY);
    read_fixture_serve(fixture, 1);
    (void)read_fixture_row(fixture, "things", "a", &answer);
}

/* Rows whose sort key stays are seen once each, whatever else happens between the pages. */
static void a_walk_during_writes_neither_skips_nor_repeats_unchanged_rows(void **state)
{
    struct read_fixture *fixture = *state;
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    AUTO(text) struct text cursor = {0};
    int64_t position = 1, now;
    int seen[200] = {0};
    read_fixture_commit(store, position,
                        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
                        "WHERE i < 199) INSERT INTO things (id, number) "
                        "SELECT format('%03d', i), nullif(i % 7, 3) FROM n");
    read_fixture_serve(fixture, 1);
    do {
        AUTO(read_answer) struct read_answer answer = {0};
        AUTO(json) json_t *body = NULL;
        AUTO(text) struct text query = {0};
        size_t i;
        json_t *row;
        text_printf(&query, "sort=-number&limit=9%s%s", cursor.length ? "&cursor=" : "",
                    text_slice(&cursor).at);
        (void)read_fixture_list(fixture, "things", query.at, &answer);
        assert_ok(json_read(text_slice(&answer.body), &body, &error));
        json_array_foreach (json_object_get(body, "rows"), i, row) {
            const char *id = json_string_or(row, "id", "");
            if (strlen(id) == 3)
                seen[atoi(id)]++;
        }
        text_clear(&cursor);
        text_add_slice(&cursor, text_slice(&answer.next));
        AUTO(text) struct text sql = {0};
        text_printf(&sql,
                    "UPDATE things SET name = 'touched %lld';"
                    "DELETE FROM things WHERE length(id) > 3 AND abs(random() %% 2) = 0;"
                    "INSERT INTO things (id, number) SELECT hex(randomblob(8)), "
                    "abs(random() %% 9) FROM things LIMIT 20",
                    (long long)position);
        read_fixture_commit(store, ++position, sql.at);
        assert_ok(read_side_position(fixture->side, fixture->model, &now, &error));
    } while (cursor.length);
    for (int i = 0; i < 200; i++)
        if (seen[i] != 1)
            fail_msg("row %d was seen %d times", i, seen[i]);
}

#define TEST(claim)                                                                                \
    cmocka_unit_test_setup_teardown(claim, read_fixture_setup, read_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_thread_returns_an_older_position_than_any_other_has_returned),
        TEST(a_change_of_generation_shows_neither_an_error_nor_an_older_position),
        TEST(an_idle_thread_does_not_keep_the_wal_from_being_checkpointed),
        TEST(a_snapshot_is_soon_replaced_by_a_newer_one),
        TEST(the_next_answer_is_at_the_position_just_read),
        TEST(a_file_restored_to_an_older_position_is_not_read_until_it_has_caught_up),
        TEST(the_floor_starts_again_with_another_log),
        TEST(a_file_removed_without_a_successor_is_not_ready),
        TEST(a_walk_during_writes_neither_skips_nor_repeats_unchanged_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
