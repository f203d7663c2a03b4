/* Decisions as scenarios, without a database:
 *
 *     given(ORDER_CREATED, ITEM_ADDED);
 *     when("place", "{}");
 *     then({"order.placed.v1", "{…}"});          // or then_nothing(), then_refused("already
 * placed")
 *
 * JSON is written with ' for ". Every scenario also checks that the command and the events match their
 * schemas, that the command's kind lists the events, that they fold, and that the state afterwards
 * survives its JSON.
 */
#pragma once

#include "schema/catalogue/catalogue.h"
#include "tests/support/claims.h"
#include "write_model/aggregate.h"

struct scenario_event {
    const char *type, *data;
};

/* The time at which commands are decided: 2026-11-23T10:00:00.000000Z. */
#define SCENARIO_NOW_US INT64_C(1795428000000000)

/* Sets the domain's schemas, against which every scenario is checked. Call it once, before the first
 * scenario;
 * they must outlive scenarios_end(). */
void scenarios_check_by(const struct catalogue_files *schemas);

/* Sets the aggregate of the scenarios that follow. Call scenarios_end() at the end of the program. */
void scenarios_of(const struct aggregate *aggregate, const char *id);
void scenarios_end(void);

/* Starts a scenario with the aggregate after these events. Accepts types that the catalogue does not
 * know. */
#define given(...) scenario_given((const struct scenario_event[]){__VA_ARGS__, {0}})
void given_nothing(void);
void scenario_given(const struct scenario_event *history); /* closed by a NULL type */

void when(const char *command, const char *data);

/* Exactly these events were decided. The next command continues from there. */
#define then(...) scenario_then((const struct scenario_event[]){__VA_ARGS__, {0}})
void scenario_then(const struct scenario_event *expected);
/* Nothing changed: no event was decided. */
void then_nothing(void);
/* The domain rejected the command; the reason contains this text. */
void then_refused(const char *part);

/* The state's JSON. */
void then_state(const char *json);

/* Fails unless the value fits the schema of the event type, or of the aggregate's command. */
void assert_fits_event(const char *type, const json_t *data);
void assert_fits_command(const char *category, const char *command, const json_t *body);

/* The catalogue of those schemas, opened at the first call; scenarios_end() closes it. */
const struct catalogue *scenario_catalogue(void);

/* JSON with ' for "; the caller owns it. */
json_t *told_json(const char *text);

/* The result of the last command, for table-driven tests. */
enum err scenario_result(void);
const char *scenario_refusal(void);
const struct decision *scenario_decision(void);
const void *scenario_state(void);
