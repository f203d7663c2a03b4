/* The whole program: its processes, driven over HTTP. The process of the sagas is killed in the
 * middle of its work several times, and in the end everything is consistent. ANNAL_BUS chooses the
 * bus; without it, processes follow the log. */
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"

#include "base/json.h"

#include <stdio.h>

#define TRIPS 120
#define KILLS 12
#define PARTS 3

static const char *const parts[PARTS] = {"flight", "hotel", "car"};

static const char *data;
static struct annal_process commands, queries, projector, saga;
static char commands_at[64], queries_at[64];

/* ---- the processes ---- */

static void start_saga(void)
{
    annal_start(&saga, data, (const char *[]){"saga", NULL});
}

static int begin(void **state)
{
    (void)state;
    setenv("ANNAL_BUS", "log:", 0);
    setenv("ANNAL_COMMANDS_LISTEN", "127.0.0.1:0", 1);
    setenv("ANNAL_QUERIES_LISTEN", "127.0.0.1:0", 1);
    data = test_directory_make();
    annal_start(&commands, data, (const char *[]){"commands", NULL});
    annal_start(&projector, data, (const char *[]){"projector", "trips", NULL});
    annal_start(&queries, data, (const char *[]){"queries", NULL});
    start_saga();
    snprintf(commands_at, sizeof commands_at, "%s", annal_address(&commands, NULL));
    snprintf(queries_at, sizeof queries_at, "%s", annal_address(&queries, NULL));
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct annal_process *const all[] = {&saga, &queries, &projector, &commands};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_int_equal(annal_stop(all[i], 30), 0);
    test_directory_remove(data);
    return 0;
}

/* ---- what is asked of it ---- */

static void send(const char *path, const char *body)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_post_json(commands_at, path, body, &reply);
    if (reply.status >= 300)
        fail_msg("%s: %ld %s", path, reply.status, reply.body.at);
}

static json_t *get(const char *address, const char *path)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(address, path, &reply);
    return http_reply_json(&reply);
}

static json_t *row_of(const char *trip)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "/read/trips/%s", trip);
    return get(queries_at, path.at);
}

/* The read model has seen these: true, and false. */
static bool is_so(const char *trip, const char *status, bool booked)
{
    AUTO(json) json_t *row = row_of(trip);
    return json_string_is(row, "status", status) &&
           json_int_or(row, "flight_booked", 0) == booked &&
           json_int_or(row, "hotel_booked", 0) == booked &&
           json_int_or(row, "car_booked", 0) == booked;
}

/* The saga's process has seen every event, and every saga has ended. */
static bool nothing_is_under_way(void)
{
    AUTO(json) json_t *status = annal_run_json(data, (const char *[]){"status", "--json", NULL});
    AUTO(json)
    json_t *list = annal_run_json_lines(data, (const char *[]){"sagas", "list", "--json", NULL});
    const json_t *sagas = json_object_get(status, "sagas");
    return json_int_or(sagas, "position", -1) == json_int_or(status, "head", -2) &&
           json_array_size(list) == 0;
}

/* What the saga's history tells, of these kinds, in order. */
static void tells(const char *trip, const char *kind, struct text *out)
{
    AUTO(json)
    json_t *saga_json =
        annal_run_json(data, (const char *[]){"sagas", "show", trip, "--json", NULL});
    size_t i;
    json_t *entry;
    text_add(out, "");
    json_array_foreach (json_object_get(saga_json, "history"), i, entry) {
        if (json_string_is(entry, "kind", kind))
            text_printf(out, "%s\n", json_string_or(entry, "what", ""));
    }
}

static void open_places(void)
{
    send("/commands/flight/NV214/open", "{\"places\":2}");
    send("/commands/hotel/FJORDVIEW/open", "{\"places\":1}");
    send("/commands/car/BRYGGE/open", "{\"places\":2}");
}

static void request(const char *trip)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "/commands/trip/%s/request", trip);
    send(path.at, "{\"traveller\":\"Ingrid Solheim\",\"flight\":\"NV214\",\"hotel\":\"FJORDVIEW\","
                  "\"car\":\"BRYGGE\"}");
}

/* ---- trips ---- */

static void a_trip_is_booked_and_shown(void **state)
{
    (void)state;
    AUTO(text) struct text out = {0};
    open_places();
    request("TRIP-1");
    wait_until(30, is_so("TRIP-1", "confirmed", true));
    wait_until(30, nothing_is_under_way());
    assert_int_equal(annal_run(data, (const char *[]){"sagas", "list", "all", NULL}, &out, NULL),
                     0);
    assert_text_contains(out.at, "travel_booking  TRIP-1  ended  done");
}

static void a_full_hotel_cancels_the_flight_and_says_why(void **state)
{
    (void)state;
    AUTO(text) struct text refused = {0};
    AUTO(text) struct text undone = {0};
    open_places();
    send("/commands/hotel/FJORDVIEW/book", "{\"tripId\":\"SOMEBODY\"}");
    request("TRIP-1");
    wait_until(30, is_so("TRIP-1", "cancelled", false));
    AUTO(json) json_t *row = row_of("TRIP-1");
    assert_string_equal(json_string_or(row, "reason", ""), "hotel: FJORDVIEW is sold out");
    AUTO(json) json_t *flight = get(commands_at, "/streams/flight/NV214/state");
    assert_int_equal(json_object_size(json_object_get(json_object_get(flight, "state"), "trips")),
                     0);
    tells("TRIP-1", "answer", &refused);
    assert_text_contains(refused.at, "hotel/FJORDVIEW book: refused (409): FJORDVIEW is sold out");
    tells("TRIP-1", "compensation", &undone);
    assert_string_equal(undone.at,
                        "flight/NV214 cancel {\"tripId\":\"TRIP-1\"}\n"
                        "trip/TRIP-1 cancel {\"reason\":\"hotel: FJORDVIEW is sold out\"}\n");
}

static void a_confirmed_trip_that_is_cancelled_is_undone_in_reverse(void **state)
{
    (void)state;
    AUTO(text) struct text undone = {0};
    open_places();
    request("TRIP-1");
    wait_until(30, is_so("TRIP-1", "confirmed", true));
    send("/commands/trip/TRIP-1/cancel", "{\"reason\":\"the meeting was moved\"}");
    wait_until(30, is_so("TRIP-1", "cancelled", false));
    tells("TRIP-1", "compensation", &undone);
    assert_string_equal(undone.at, "car/BRYGGE cancel {\"tripId\":\"TRIP-1\"}\n"
                                   "hotel/FJORDVIEW cancel {\"tripId\":\"TRIP-1\"}\n"
                                   "flight/NV214 cancel {\"tripId\":\"TRIP-1\"}\n");
    request("TRIP-2"); /* the only room is free again */
    wait_until(30, is_so("TRIP-2", "confirmed", true));
}

/* ---- killed in the middle ---- */

/* Of everything there is less than is wanted; every fifth trip wants no car. */
static void request_many(int first, int last)
{
    for (int i = first; i < last; i++) {
        AUTO(text) struct text path = {0};
        AUTO(text) struct text body = {0};
        text_printf(&path, "/commands/trip/T-%03d/request", i);
        text_printf(&body, "{\"traveller\":\"Traveller %d\",\"flight\":\"F-%d\",\"hotel\":\"H-%d\"",
                    i, i % 3, i % 4);
        if (i % 5)
            text_printf(&body, ",\"car\":\"C-%d\"", i % 2);
        text_add(&body, "}");
        send(path.at, body.at);
        if (i % 7)
            continue;
        text_clear(&path);
        text_printf(&path, "/commands/trip/T-%03d/cancel", i - i % 2); /* itself, or one before */
        send(path.at, "{\"reason\":\"the meeting was moved\"}");
    }
}

static void open_many(const char *category, const char *letter, int count, int places)
{
    for (int i = 0; i < count; i++) {
        AUTO(text) struct text path = {0};
        AUTO(text) struct text body = {0};
        text_printf(&path, "/commands/%s/%s-%d/open", category, letter, i);
        text_printf(&body, "{\"places\":%d}", places);
        send(path.at, body.at);
    }
}

/* Its place is booked if, and only if, the trip is confirmed. Returns how many it holds. */
static int check_part(const json_t *row, const char *part)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text booked = {0};
    const char *wanted = json_string_or(row, part, NULL);
    if (!wanted)
        return 0;
    text_printf(&path, "/streams/%s/%s/state", part, wanted);
    text_printf(&booked, "%s_booked", part);
    AUTO(json) json_t *stream = get(commands_at, path.at);
    const json_t *trips = json_object_get(json_object_get(stream, "state"), "trips");
    bool holds = json_object_get(trips, json_string_or(row, "trip_id", "")) != NULL;
    assert_int_equal(holds, json_string_is(row, "status", "confirmed"));
    assert_int_equal(holds, json_int_or(row, booked.at, -1));
    return holds;
}

static void everything_adds_up(void)
{
    AUTO(json) json_t *rows = get(queries_at, "/read/trips?limit=1000");
    int held = 0, confirmed = 0;
    size_t i;
    json_t *row;
    assert_int_equal(json_array_size(json_object_get(rows, "rows")), TRIPS);
    json_array_foreach (json_object_get(rows, "rows"), i, row) {
        assert_false(json_string_is(row, "status", "requested"));
        confirmed += json_string_is(row, "status", "confirmed");
        for (int part = 0; part < PARTS; part++)
            held += check_part(row, parts[part]);
    }
    assert_true(confirmed > 0 && confirmed < TRIPS);
    assert_true(held >= 2 * confirmed && held <= 3 * confirmed);
    AUTO(json) json_t *unsettled = get(queries_at, "/query/unsettled");
    assert_int_equal(json_array_size(json_object_get(unsettled, "rows")), 0);
}

static void killed_in_the_middle_it_goes_on_and_everything_adds_up(void **state)
{
    (void)state;
    open_many("flight", "F", 3, 25);
    open_many("hotel", "H", 4, 15);
    open_many("car", "C", 2, 30);
    for (int kill = 0; kill < KILLS; kill++) {
        request_many(kill * TRIPS / KILLS, (kill + 1) * TRIPS / KILLS);
        annal_kill(&saga);
        start_saga();
    }
    wait_until(60, nothing_is_under_way());
    annal_wait_caught_up(data, 30);
    everything_adds_up();
    annal_check_everything(data);
}

int main(void)
{
#define WHOLE(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        WHOLE(a_trip_is_booked_and_shown),
        WHOLE(a_full_hotel_cancels_the_flight_and_says_why),
        WHOLE(a_confirmed_trip_that_is_cancelled_is_undone_in_reverse),
        WHOLE(killed_in_the_middle_it_goes_on_and_everything_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
