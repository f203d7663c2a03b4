/* Sagas see only the newest version of an event, whichever version the log contains. */
#include "tests/support/claims.h"

#include "base/json.h"
#include "sagas/saga_events.h"

#include <stdio.h>

static char seen_id[64], seen_city[64];

static const char *concerns(const char *category, const char *id, const json_t *data)
{
    (void)category, (void)data;
    return id;
}

/* Records its arguments, and does not begin a saga, so no store is needed. */
static json_t *begin(const char *id, const json_t *data, const json_t *settings)
{
    (void)settings;
    snprintf(seen_id, sizeof seen_id, "%s", id);
    snprintf(seen_city, sizeof seen_city, "%s", json_string_or(data, "city", ""));
    return NULL;
}

static const struct saga_kind kind = {.name = "delivery",
                                      .version = 1,
                                      .event_types = (const char *const[]){"parcel.sent.v2", NULL},
                                      .begins_with = "parcel.sent.v2",
                                      .concerns = concerns,
                                      .begin = begin};
static const struct saga_kind *const kinds[] = {&kind, NULL};

static const char upcaster[] =
    "{\"to\":\"parcel.sent.v2\",\"operations\":[{\"rename\":\"/town\",\"to\":\"city\"},"
    "{\"convert\":\"/weight\",\"to\":\"integer\"}]}";

static enum err apply(const struct saga_turns *turns, const char *type, const char *data,
                      struct error *error)
{
    struct event event = {.position = 1,
                          .version = 1,
                          .stream = slice_of("parcel/P-1"),
                          .type = slice_of(type),
                          .id = slice_of("e-1"),
                          .data = slice_of(data),
                          .meta = slice_of("{}")};
    seen_id[0] = seen_city[0] = '\0';
    return saga_events_apply(turns, NULL, &event, error);
}

static void a_saga_sees_old_events_as_the_newest_version(void **state)
{
    (void)state;
    AUTO(upcasters) struct upcasters *upcasters = upcasters_create();
    assert_ok(upcasters_add(upcasters, slice_of("parcel.sent.v1"), slice_of(upcaster), &error));
    struct saga_turns turns = {.kinds = kinds, .upcasters = upcasters};
    assert_ok(apply(&turns, "parcel.sent.v1", "{\"town\":\"Aarhus\"}", &error));
    assert_string_equal(seen_id, "P-1");
    assert_string_equal(seen_city, "Aarhus");
    assert_ok(apply(&turns, "parcel.sent.v2", "{\"city\":\"Odense\"}", &error));
    assert_string_equal(seen_city, "Odense");
    assert_err(ERR_POISON, apply(&turns, "parcel.sent.v1", "{\"weight\":\"heavy\"}", &error));
}

static void without_upcasters_events_are_unchanged(void **state)
{
    (void)state;
    struct saga_turns turns = {.kinds = kinds};
    assert_ok(apply(&turns, "parcel.sent.v1", "{\"town\":\"Aarhus\"}", &error));
    assert_string_equal(seen_id, "");
    assert_ok(apply(&turns, "parcel.sent.v2", "{\"city\":\"Odense\"}", &error));
    assert_string_equal(seen_city, "Odense");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saga_sees_old_events_as_the_newest_version),
        cmocka_unit_test(without_upcasters_events_are_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
