/* Several models rebuilt at once: one pass over the log, each given what it has not had. */
#include "tests/projectors/fixture.h"

#include "base/db.h"
#include "projectors/rebuild_check.h"
#include "read_model/definition/guard.h"
#include "read_model/definition/model.h"
#include "read_model/store/generation.h"

#include <unistd.h>

/* Sees quantities; those above 2,500 are too much for it. */
static const char books_definition[] = "-- schema\n"
                                       "CREATE TABLE books (loan_id TEXT PRIMARY KEY, pieces "
                                       "INTEGER CHECK (pieces <= 2500)) STRICT;\n"
                                       "-- on loan.book.added.v1\n"
                                       "INSERT INTO books VALUES (:id, :data ->> 'copies');\n";

/* Counts without end for more than two copies. */
static const char endless_definition[] =
    "-- schema\n"
    "CREATE TABLE books (loan_id TEXT PRIMARY KEY, n INTEGER) STRICT;\n"
    "-- on loan.book.added.v1\n"
    "INSERT INTO books VALUES (:id, (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL\n"
    "  SELECT x + 1 FROM c WHERE (:data ->> 'copies') > 2) SELECT count(*) FROM c));\n";

static struct model *read_definition(struct fixture *f, const char *definition)
{
    struct model *model = NULL;
    assert_ok(model_read("books.sql", slice_of(definition), f->catalogue, &model, &error));
    return model;
}

static struct model *read_books(struct fixture *f)
{
    return read_definition(f, books_definition);
}

static int64_t read_books_file(struct fixture *f, const char *sql)
{
    AUTO(db) struct db *db = NULL;
    AUTO(text) struct text path = {0};
    int64_t value = -1;
    generation_path(f->directory, "books", 0, &path);
    assert_ok(db_open_reader(path.at, DB_READ_MODEL, &db, &error));
    assert_ok(db_read_int(db, sql, &value, &error));
    return value;
}

struct watched {
    int64_t stop_at; /* 0: never */
    int64_t first, last, calls;
    bool went_back;
};

/* Slow enough that it is asked after each batch. */
static bool watch(void *context, int64_t position, int64_t head)
{
    struct watched *watched = context;
    (void)head;
    if (watched->calls++ == 0)
        watched->first = position;
    watched->went_back = watched->went_back || position < watched->last;
    watched->last = position;
    test_pause_ms(110);
    return watched->stop_at == 0 || position < watched->stop_at;
}

static struct build_options watched_rebuild(struct fixture *f, struct watched *watched)
{
    struct build_options options = fixture_rebuild(f);
    options.progress = watch;
    options.context = watched;
    return options;
}

static void check_both(struct fixture *f, int64_t loans)
{
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE copies > 0"), loans);
    assert_int_equal(fixture_read(f, "SELECT position FROM annal_checkpoint"), 2 * loans);
    assert_int_equal(read_books_file(f, "SELECT sum(pieces) FROM books"), loans * (loans + 1) / 2);
    assert_int_equal(read_books_file(f, "SELECT position FROM annal_checkpoint"), 2 * loans);
    assert_int_equal(read_books_file(f, "SELECT state = 'serving' FROM annal_generation"), 1);
}

static void several_models_share_one_pass(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct watched watched = {0};
    fixture_add_loans(f, 1, 2500);
    struct build_options options = watched_rebuild(f, &watched);
    int64_t position = -1;
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(position, 5000);
    assert_true(watched.calls > 2);
    assert_false(watched.went_back);
    check_both(f, 2500);
}

static void models_at_different_positions_are_continued_together(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct watched stopped = {.stop_at = 1}, together = {0};
    fixture_add_loans(f, 1, 2500);
    struct build_options alone = watched_rebuild(f, &stopped);
    struct build_options options = watched_rebuild(f, &together);
    int64_t position = -1;
    assert_err(ERR_INTERRUPTED, rebuild_one(&alone, f->model, &position, &error));
    assert_true(stopped.last > 0 && stopped.last < 5000);
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(together.first, 0);
    check_both(f, 2500);
}

static void a_stopped_rebuild_of_several_models_is_continued(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct watched stopped = {.stop_at = 1}, whole = {0};
    fixture_add_loans(f, 1, 2500);
    struct build_options options = watched_rebuild(f, &stopped);
    int64_t position = -1;
    assert_err(ERR_INTERRUPTED, action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(fixture_current(f), 0);
    options.context = &whole;
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(whole.first, stopped.last);
    check_both(f, 2500);
}

static void a_rebuild_of_all_does_not_begin_while_one_model_is_being_rebuilt(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    AUTO(lock_file) struct lock_file *lock = NULL;
    const struct model *models[] = {f->model, books};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    fixture_add_loans(f, 1, 10);
    assert_ok(generation_lock_rebuild(f->directory, "books", &lock, &error));
    assert_err(ERR_LOCKED, action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(fixture_current(f), 0);
}

static void an_event_that_is_poison_to_one_model_is_parked_there_only(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    fixture_open_loan(f, 1, "C1");
    fixture_add_book(f, 1, 3000);
    fixture_open_loan(f, 2, NULL); /* this one to the other */
    fixture_add_book(f, 2, 5);
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 1);
    assert_int_equal(fixture_read(f, "SELECT copies FROM loans"), 3000);
    assert_int_equal(read_books_file(f, "SELECT count(*) FROM annal_dead_letters"), 1);
    assert_int_equal(read_books_file(f, "SELECT sum(pieces) FROM books"), 5);
}

static void assert_equals_a_rebuild_alone(struct fixture *f, const char *model, int64_t head)
{
    AUTO(text) struct text remarks = {0};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(rebuild_check(&options, model, &position, &remarks, &error));
    assert_int_equal(position, head);
}

static void models_rebuilt_together_equal_each_rebuilt_alone(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    fixture_open_loan(f, 1, NULL);
    fixture_add_loans(f, 1, 2600);
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM annal_dead_letters"), 1);
    assert_int_equal(read_books_file(f, "SELECT count(*) FROM annal_dead_letters"), 100);
    assert_equals_a_rebuild_alone(f, "loans", 5201);
    assert_equals_a_rebuild_alone(f, "books", 5201);
}

static void a_model_that_fails_does_not_stop_the_others(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *endless = read_definition(f, endless_definition);
    const struct model *models[] = {endless, f->model};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1, number = -1;
    struct error error = {0};
    fixture_add_loans(f, 1, 2000);
    guard_limit_set_for_test(1);
    enum err err = action_rebuild(&options, models, 2, &position, &error);
    guard_limit_set_for_test(0);
    assert_int_equal(err, ERR_DEFINITION);
    assert_text_contains(error.text, "books, event ");
    assert_text_contains(error.text, "too many steps");
    assert_int_equal(fixture_read(f, "SELECT count(*) FROM loans WHERE copies > 0"), 2000);
    assert_int_equal(fixture_read(f, "SELECT state = 'serving' FROM annal_generation"), 1);
    assert_ok(generation_current(f->directory, "books", &number, &error));
    assert_int_equal(number, 0);
}

static void a_rebuild_of_all_models_accepts_an_empty_log(void **state)
{
    struct fixture *f = *state;
    AUTO(model) struct model *books = read_books(f);
    const struct model *models[] = {f->model, books};
    struct build_options options = fixture_rebuild(f);
    int64_t position = -1;
    assert_ok(action_rebuild(&options, models, 2, &position, &error));
    assert_int_equal(position, 0);
    assert_int_equal(read_books_file(f, "SELECT count(*) FROM books"), 0);
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(several_models_share_one_pass),
        TEST(models_at_different_positions_are_continued_together),
        TEST(a_stopped_rebuild_of_several_models_is_continued),
        TEST(a_rebuild_of_all_does_not_begin_while_one_model_is_being_rebuilt),
        TEST(an_event_that_is_poison_to_one_model_is_parked_there_only),
        TEST(models_rebuilt_together_equal_each_rebuilt_alone),
        TEST(a_model_that_fails_does_not_stop_the_others),
        TEST(a_rebuild_of_all_models_accepts_an_empty_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
