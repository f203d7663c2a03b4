/* Random filters, sorts, fields and limits over random tables, walked by cursors, against the same
 * computed here over all rows. ANNAL_TEST_SEED repeats a run; the seed is in every failure. */
#include "tests/read_model/read_fixture.h"

#include "base/json.h"

#include <stdio.h>

#define ROWS  60
#define LISTS 150

enum { ID, NUMBER, AMOUNT, NAME, COLUMNS };
static const char *const columns[] = {"id", "number", "amount", "name"};

struct cell {
    bool null;
    int64_t integer; /* NUMBER */
    double real;     /* AMOUNT */
    char text[16];   /* ID, NAME */
};
struct row {
    struct cell cells[COLUMNS];
};

static uint64_t seed;

static int64_t random_below(int64_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)(seed >> 1) % bound;
}

static struct cell random_cell(int column)
{
    static const char *const names[] = {"", "a", "ab", "abc", "b", "B", "Ab", "ä", "äb", "~"};
    static const int64_t integers[] = {INT64_MIN, -1, 0, 1, 2, 3, INT64_MAX};
    static const double reals[] = {-1e300, -0.5, 0.0, 0.1, 1.0, 2.5, 1e300};
    struct cell cell = {.null = column != ID && random_below(4) == 0};
    cell.integer = integers[random_below(7)];
    cell.real = reals[random_below(7)];
    snprintf(cell.text, sizeof cell.text, "%s", names[random_below(10)]);
    return cell;
}

static void make_rows(struct row *rows, struct text *sql)
{
    for (int i = 0; i < ROWS; i++) {
        for (int column = 0; column < COLUMNS; column++)
            rows[i].cells[column] = random_cell(column);
        struct cell *cells = rows[i].cells;
        snprintf(cells[ID].text, sizeof cells[ID].text, "%c%d", (char)('a' + random_below(3)), i);
        text_printf(sql, "INSERT INTO things (id, number, amount, name) VALUES ('%s', ",
                    cells[ID].text);
        if (cells[NUMBER].null)
            text_add(sql, "NULL, ");
        else
            text_printf(sql, "%lld, ", (long long)cells[NUMBER].integer);
        if (cells[AMOUNT].null)
            text_add(sql, "NULL, ");
        else
            text_printf(sql, "%.17g, ", cells[AMOUNT].real);
        if (cells[NAME].null)
            text_add(sql, "NULL);");
        else
            text_printf(sql, "'%s');", cells[NAME].text);
    }
}

static int compare_cells(int column, const struct cell *a, const struct cell *b)
{
    if (a->null || b->null)
        return b->null - a->null;
    if (column == NUMBER)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (column == AMOUNT)
        return (a->real > b->real) - (a->real < b->real);
    return strcmp(a->text, b->text);
}

struct filter {
    int column, operator_;
    struct cell operands[3]; /* one, but for `in` */
};
struct list {
    struct filter filters[3];
    int filter_count;
    int sort[COLUMNS], sort_count;
    bool descending[COLUMNS];
    bool shown[COLUMNS];
    int64_t limit;
};

enum { EQ, NE, GT, GTE, LT, LTE, IN, PREFIX, IS_NULL, NOT_NULL, OPERATORS };
static const char *const operators[] = {"",      "[ne]", "[gt]",     "[gte]",  "[lt]",
                                        "[lte]", "[in]", "[prefix]", "[null]", "[null]"};

static bool passes(const struct filter *filter, const struct row *row)
{
    const struct cell *cell = &row->cells[filter->column];
    int order = compare_cells(filter->column, cell, &filter->operands[0]);
    switch (filter->operator_) {
    case NE:
        return cell->null || order != 0;
    case IS_NULL:
        return cell->null;
    case NOT_NULL:
        return !cell->null;
    case IN:
        return !cell->null &&
               (order == 0 || compare_cells(filter->column, cell, &filter->operands[1]) == 0 ||
                compare_cells(filter->column, cell, &filter->operands[2]) == 0);
    case PREFIX:
        return !cell->null &&
               strncmp(cell->text, filter->operands[0].text, strlen(filter->operands[0].text)) == 0;
    case EQ:
        return !cell->null && order == 0;
    case GT:
        return !cell->null && order > 0;
    case GTE:
        return !cell->null && order >= 0;
    case LT:
        return !cell->null && order < 0;
    default:
        return !cell->null && order <= 0;
    }
}

static struct filter random_filter(void)
{
    struct filter filter = {.column = (int)random_below(COLUMNS),
                            .operator_ = (int)random_below(OPERATORS)};
    if (filter.operator_ == PREFIX)
        filter.column = random_below(2) ? NAME : ID;
    for (int i = 0; i < 3; i++) {
        filter.operands[i] = random_cell(filter.column);
        filter.operands[i].null = false;
    }
    return filter;
}

static struct list random_list(void)
{
    struct list list = {.filter_count = (int)random_below(3), .limit = 1 + random_below(ROWS + 5)};
    for (int i = 0; i < list.filter_count; i++)
        list.filters[i] = random_filter();
    for (int tries = (int)random_below(4); tries > 0; tries--) {
        int column = (int)random_below(COLUMNS);
        bool there = false;
        for (int i = 0; i < list.sort_count; i++)
            there |= list.sort[i] == column;
        list.descending[list.sort_count] = random_below(2);
        if (!there)
            list.sort[list.sort_count++] = column;
    }
    for (int column = 1; column < COLUMNS; column++)
        list.shown[column] = random_below(2);
    list.shown[ID] = true;
    return list;
}

static void write_operand(const struct filter *filter, struct text *out)
{
    if (filter->operator_ >= IS_NULL) {
        text_add(out, filter->operator_ == IS_NULL ? "true" : "false");
        return;
    }
    for (int i = 0; i < (filter->operator_ == IN ? 3 : 1); i++) {
        const struct cell *cell = &filter->operands[i];
        text_add(out, i == 0 ? "" : ",");
        if (filter->column == NUMBER)
            text_add_int(out, cell->integer);
        else if (filter->column == AMOUNT)
            text_printf(out, "%.17g", cell->real);
        else
            text_add(out, cell->text);
    }
}

static void write_list(const struct list *list, struct text *out)
{
    text_printf(out, "limit=%lld&fields=id", (long long)list->limit);
    for (int column = 1; column < COLUMNS; column++)
        if (list->shown[column])
            text_printf(out, ",%s", columns[column]);
    text_add(out, "&sort=");
    for (int i = 0; i < list->sort_count; i++)
        text_printf(out, "%s%s%s", i == 0 ? "" : ",", list->descending[i] ? "-" : "",
                    columns[list->sort[i]]);
    for (int i = 0; i < list->filter_count; i++) {
        text_printf(out, "&%s%s=", columns[list->filters[i].column],
                    operators[list->filters[i].operator_]);
        write_operand(&list->filters[i], out);
    }
}

static const struct list *sorted_by; /* qsort has no argument for it */

static int compare_rows(const void *a_, const void *b_)
{
    const struct row *a = a_, *b = b_;
    bool descending = false;
    for (int i = 0; i < sorted_by->sort_count; i++) {
        int column = sorted_by->sort[i];
        int order = compare_cells(column, &a->cells[column], &b->cells[column]);
        descending = sorted_by->descending[i];
        if (order)
            return descending ? -order : order;
    }
    int order = strcmp(a->cells[ID].text, b->cells[ID].text);
    return descending ? -order : order;
}

static size_t expect(const struct list *list, const struct row *rows, struct row *out)
{
    size_t count = 0;
    for (int i = 0; i < ROWS; i++) {
        bool good = true;
        for (int j = 0; j < list->filter_count; j++)
            good &= passes(&list->filters[j], &rows[i]);
        if (good)
            out[count++] = rows[i];
    }
    sorted_by = list;
    qsort(out, count, sizeof *out, compare_rows);
    return count;
}

static bool is_cell(int column, const struct cell *cell, const json_t *json)
{
    if (cell->null)
        return json_is_null(json);
    if (column == NUMBER)
        return json_is_integer(json) && json_integer_value(json) == cell->integer;
    if (column == AMOUNT)
        return json_is_real(json) && json_real_value(json) == cell->real;
    return json_is_string(json) && strcmp(json_string_value(json), cell->text) == 0;
}

static bool is_row(const struct list *list, const struct row *row, const json_t *json)
{
    bool good = true;
    for (int column = 0; column < COLUMNS; column++) {
        const json_t *member = json_object_get(json, columns[column]);
        good &= list->shown[column] ? member && is_cell(column, &row->cells[column], member)
                                    : member == NULL;
    }
    return good;
}

/* Walks all pages; true if they are the expected rows in order and every page but the last is full.
 */
static bool walk(struct read_fixture *fixture, const struct list *list, const char *query,
                 const struct row *expected, size_t count)
{
    AUTO(text) struct text cursor = {0};
    size_t at = 0;
    bool good = true;
    do {
        AUTO(read_answer) struct read_answer answer = {0};
        AUTO(json) json_t *body = NULL;
        AUTO(text) struct text page = {0};
        size_t i;
        json_t *row;
        text_add(&page, query);
        if (cursor.length)
            text_printf(&page, "&cursor=%s", cursor.at);
        (void)read_fixture_list(fixture, "things", page.at, &answer);
        assert_ok(json_read(text_slice(&answer.body), &body, &error));
        json_array_foreach (json_object_get(body, "rows"), i, row)
            good = good && at + i < count && is_row(list, &expected[at + i], row);
        at += json_array_size(json_object_get(body, "rows"));
        good = good && (at == count || (int64_t)i == list->limit);
        text_clear(&cursor);
        text_add_slice(&cursor, text_slice(&answer.next));
        good = good && (cursor.length > 0) == (at < count);
    } while (cursor.length && good);
    return good && at == count;
}

static void a_list_equals_all_rows_filtered_and_sorted(void **state)
{
    struct read_fixture *fixture = *state;
    const char *given = getenv("ANNAL_TEST_SEED");
    seed = given ? strtoull(given, NULL, 10) : 20261123;
    uint64_t begun_with = seed;
    AUTO(model_store) struct model_store *store = read_fixture_generation(fixture, 1);
    read_fixture_commit(store, 1, "SELECT 1");
    read_fixture_serve(fixture, 1);
    for (int64_t table = 2; table < 8; table++) {
        AUTO(text) struct text sql = {0};
        struct row rows[ROWS], expected[ROWS];
        int64_t position;
        text_add(&sql, "DELETE FROM things;");
        make_rows(rows, &sql);
        read_fixture_commit(store, table, sql.at);
        assert_ok(read_side_position(fixture->side, fixture->model, &position, &error));
        for (int i = 0; i < LISTS; i++) {
            AUTO(text) struct text query = {0};
            struct list list = random_list();
            size_t count = expect(&list, rows, expected);
            write_list(&list, &query);
            if (!walk(fixture, &list, query.at, expected, count))
                fail_msg("seed %llu, table %lld: %s", (unsigned long long)begun_with,
                         (long long)table, query.at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_equals_all_rows_filtered_and_sorted,
                                        read_fixture_setup, read_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
