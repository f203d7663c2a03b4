/* The history of a real shop, through decide and evolve in memory: no command may be refused. The file is
 * beside the source tree; without it the test reports that it is skipped. */
#include "base/json.h"
#include "shop/shop.h"
#include "tests/support/given_when_then.h"

#include <stdio.h>
#include <unistd.h>

#define HISTORY      "../shared/data/northwind/commands.ndjson"
#define STREAMS_MOST 4096

static struct stream {
    const struct aggregate *aggregate;
    char *id;
    void *state;
} streams[STREAMS_MOST];
static size_t stream_count;

static struct stream *find_stream(const struct aggregate *aggregate, const char *id)
{
    for (size_t i = 0; i < stream_count; i++)
        if (streams[i].aggregate == aggregate && strcmp(streams[i].id, id) == 0)
            return &streams[i];
    assert_true(stream_count < STREAMS_MOST);
    streams[stream_count] = (struct stream){aggregate, strdup(id), aggregate->create()};
    return &streams[stream_count++];
}

static int forget_streams(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < stream_count; i++) {
        streams[i].aggregate->destroy(streams[i].state);
        free(streams[i].id);
    }
    stream_count = 0;
    scenarios_end();
    return 0;
}

/* Decides the command of a line and applies its events; returns their number. */
static size_t run_line(const json_t *line)
{
    const struct aggregate *aggregate =
        aggregate_find(shop.aggregates, json_string_or(line, "category", ""));
    assert_non_null(aggregate);
    const struct command_kind *kind =
        aggregate_command(aggregate, json_string_or(line, "command", ""));
    assert_non_null(kind);
    const char *id = json_string_or(line, "id", "");
    struct stream *stream = find_stream(aggregate, id);
    assert_fits_command(aggregate->category, kind->name, json_object_get(line, "data"));
    const struct command command = {.id = id, .data = json_object_get(line, "data")};
    AUTO(decision) struct decision decision = {0};
    assert_ok(kind->decide(stream->state, &command, &decision, &error));
    for (size_t i = 0; i < decision.count; i++)
        assert_ok(aggregate->evolve(stream->state, decision.events[i].type, decision.events[i].data,
                                    &error));
    return decision.count;
}

/* Adds up the states of the orders. */
static void add_up_orders(size_t *ret_orders, size_t *ret_shipped, size_t *ret_lines)
{
    for (size_t i = 0; i < stream_count; i++) {
        AUTO(json) json_t *state = streams[i].aggregate->to_json(streams[i].state);
        if (strcmp(streams[i].aggregate->category, "order") != 0)
            continue;
        ++*ret_orders;
        *ret_shipped += strcmp(json_string_or(state, "status", ""), "shipped") == 0;
        *ret_lines += json_array_size(json_object_get(state, "items"));
    }
}

static void no_command_of_the_northwind_shop_is_refused(void **unused)
{
    (void)unused;
    AUTO(string) char *path = test_source_path(HISTORY);
    AUTO(string) char *lines = test_file_read(path);
    size_t events = 0;
    for (char *rest = lines, *text; (text = strtok_r(rest, "\n", &rest));) {
        AUTO(json) json_t *line = NULL;
        assert_ok(json_read(slice_of(text), &line, &error));
        events += run_line(line);
    }
    size_t orders = 0, shipped = 0, order_lines = 0;
    add_up_orders(&orders, &shipped, &order_lines);
    assert_int_equal(orders, 830);
    assert_int_equal(shipped, 809);
    assert_int_equal(order_lines, 2155);
    assert_int_equal(events, 77 + 830 * 2 + 2155 + 809 * 2);
}

int main(void)
{
    AUTO(string) char *path = test_source_path(HISTORY);
    if (access(path, R_OK) != 0)
        return test_skip_program("no_command_of_the_northwind_shop_is_refused",
                                 HISTORY " is not beside the source tree");
    scenarios_check_by(&shop.schemas);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(no_command_of_the_northwind_shop_is_refused, forget_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
