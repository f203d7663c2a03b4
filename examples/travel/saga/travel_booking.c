/* Flight, hotel and car are booked in turn, then the trip is confirmed. If one is refused, or the
 * traveller cancels, what was booked is cancelled in reverse, then the trip. */
#include "saga/travel_booking.h"

#include "base/json.h"

/* The parts of a trip in the order in which they are booked, with the steps of each. */
static const struct part {
    const char *category, *book, *cancel;
} parts[] = {
    {"flight", "book-flight", "cancel-flight"},
    {"hotel", "book-hotel", "cancel-hotel"},
    {"car", "book-car", "cancel-car"},
};
#define PARTS (sizeof parts / sizeof *parts)

static const char *concerns(const char *category, const char *id, const json_t *data)
{
    return strcmp(category, "trip") == 0 ? id : json_string_or(data, "tripId", NULL);
}

static json_t *begin(const char *id, const json_t *data, const json_t *settings)
{
    json_t *facts = json_pack("{s:{s:s, s:s}}", "trip", "id", id, "is", "requested");
    (void)settings;
    for (size_t i = 0; i < PARTS; i++) {
        const char *wanted = json_string_or(data, parts[i].category, NULL);
        if (wanted)
            json_object_set_new(facts, parts[i].category,
                                json_pack("{s:s, s:s}", "id", wanted, "is", "wanted"));
    }
    return facts;
}

/* What it listens to. */
static const char *const event_types[] = {"trip.requested.v1",    "trip.confirmed.v1",
                                          "trip.cancelled.v1",    "booking.made.v1",
                                          "booking.cancelled.v1", NULL};

/* What is so after an event, and after the command that causes it. */
static const struct {
    const char *said, *is;
} meanings[] = {
    {"booking.made.v1", "booked"},
    {"book", "booked"},
    {"trip.confirmed.v1", "confirmed"},
    {"confirm", "confirmed"},
    {"booking.cancelled.v1", "cancelled"},
    {"trip.cancelled.v1", "cancelled"},
    {"cancel", "cancelled"},
};

static const char *meaning_of(const char *said)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].said, said) == 0)
            return meanings[i].is;
    return NULL;
}

/* The trip may name another flight, hotel or car: then the event changes nothing. A cancellation by
 * somebody else makes the trip fail; when the saga cancels, the trip has failed already. */
static void evolve_that(json_t *facts, const struct saga_input *input, const char *is)
{
    json_t *thing = json_object_get(facts, input->category);
    const char *why = json_string_or(input->data, "reason", "the booking was cancelled");
    if (!is || !json_string_is(thing, "id", input->id))
        return;
    if (saga_facts_note(thing, "is", is, input->position) && strcmp(is, "cancelled") == 0)
        saga_facts_fail(facts, "%s: %s", input->category, why);
}

static void evolve(json_t *facts, const struct saga_input *input)
{
    if (input->kind == SAGA_EVENT)
        evolve_that(facts, input, meaning_of(input->type));
    else if (input->kind == SAGA_ANSWER && input->accepted)
        evolve_that(facts, input, meaning_of(input->command));
    else if (input->kind == SAGA_ANSWER && strcmp(input->command, "cancel") == 0)
        saga_facts_block(facts, input); /* it cannot be undone: an operator must act */
    else if (input->kind == SAGA_ANSWER)
        saga_facts_fail(facts, "%s: %s", input->category, input->reason);
}

/* True if the part is so: then this command is next. */
static bool tell_if(const char *is, const char *id, const json_t *facts, const struct part *part,
                    const char *step, const char *command, struct saga_decision *decision)
{
    const json_t *thing = json_object_get(facts, part->category);
    if (!json_string_is(thing, "is", is))
        return false;
    saga_decision_send(decision, step, part->category, json_string_or(thing, "id", ""), command,
                       json_pack("{s:s}", "tripId", id));
    return true;
}

static void decide_booking(const char *id, const json_t *facts, struct saga_decision *decision)
{
    for (size_t i = 0; i < PARTS; i++)
        if (tell_if("wanted", id, facts, &parts[i], parts[i].book, "book", decision))
            return;
    if (json_string_is(json_object_get(facts, "trip"), "is", "requested"))
        saga_decision_send(decision, "confirm-trip", "trip", id, "confirm", json_object());
    else
        saga_decision_rest(decision, "done", 0);
}

static void decide_undoing(const char *id, const json_t *facts, struct saga_decision *decision)
{
    saga_decision_reason(decision, saga_facts_failed(facts));
    for (size_t i = PARTS; i > 0; i--)
        if (tell_if("booked", id, facts, &parts[i - 1], parts[i - 1].cancel, "cancel", decision))
            return;
    if (!json_string_is(json_object_get(facts, "trip"), "is", "cancelled"))
        saga_decision_send(decision, "cancel-trip", "trip", id, "cancel",
                           json_pack("{s:s}", "reason", decision->reason));
    else
        saga_decision_rest(decision, "undone", 0);
}

static void decide(const char *id, const json_t *facts, struct saga_decision *decision)
{
    if (saga_facts_failed(facts))
        decide_undoing(id, facts, decision);
    else
        decide_booking(id, facts, decision);
}

#define ANY_UNDOING "cancel-car", "cancel-hotel", "cancel-flight", "cancel-trip", "undone"

static const struct saga_step steps[] = {
    {"book-flight", SAGA_RUNNING, {"book-hotel", "book-car", "confirm-trip", "done", ANY_UNDOING}},
    {"book-hotel", SAGA_RUNNING, {"book-car", "confirm-trip", "done", ANY_UNDOING}},
    {"book-car", SAGA_RUNNING, {"confirm-trip", "done", ANY_UNDOING}},
    {"confirm-trip", SAGA_RUNNING, {"done", ANY_UNDOING}},
    {"done", SAGA_ENDED, {ANY_UNDOING}},
    {"cancel-car", SAGA_COMPENSATING, {ANY_UNDOING}},
    {"cancel-hotel", SAGA_COMPENSATING, {ANY_UNDOING}},
    {"cancel-flight", SAGA_COMPENSATING, {ANY_UNDOING}},
    {"cancel-trip", SAGA_COMPENSATING, {ANY_UNDOING}},
    {"undone", SAGA_ENDED, {ANY_UNDOING}},
    {0},
};

const struct saga_kind travel_booking = {
    .name = "travel_booking",
    .version = 1,
    .summary = "book flight, hotel and car in turn, confirm the trip; undo it in reverse",
    .steps = steps,
    .event_types = event_types,
    .begins_with = "trip.requested.v1",
    .concerns = concerns,
    .begin = begin,
    .evolve = evolve,
    .decide = decide,
};
