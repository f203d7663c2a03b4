/* Decisions told as scenarios, without a database:
 *
 *     given(ORDER_CREATED, ITEM_ADDED);
 *     when("place", "{}");
 *     then({"order.placed.v1", "{…}"});          // or then_nothing(), then_refused("already
 * placed")
 *
 * JSON is written with ' for ". Every scenario also proves, without being asked, that the command
 * and the events fit their schemas, that the command's kind lists the events, that they fold, and
 * that the state afterwards survives its JSON.
 */
#pragma once

#include "schema/catalogue/catalogue.h"
#include "tests/support/claims.h"
#include "write_model/aggregate.h"

struct told {
    const char *type, *data;
};

/* The time commands are decided at: 2026-11-23T10:00:00.000000Z. */
#define SCENARIO_NOW_US INT64_C(1795428000000000)

/* The domain's schemas, which every scenario is checked against. Once, before the first scenario;
 * they must outlive scenarios_end(). */
void scenarios_check_by(const struct catalogue_files *schemas);

/* Whose scenarios follow. At the program's end, scenarios_end. */
void scenarios_of(const struct aggregate *aggregate, const char *id);
void scenarios_end(void);

/* The aggregate as these events left it, and nothing before. Types the catalogue does not know are
 * let through. */
#define given(...) scenario_given((const struct told[]){__VA_ARGS__, {0}})
void given_nothing(void);
void scenario_given(const struct told *history); /* closed by a NULL type */

void when(const char *command, const char *data);

/* Exactly these events were decided. Further commands go on from there. */
#define then(...) scenario_then((const struct told[]){__VA_ARGS__, {0}})
void scenario_then(const struct told *expected);
/* It was so already. */
void then_nothing(void);
/* The domain said no, in a sentence with this part. */
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

/* What then and the others look at, for tests that go through tables. */
enum err scenario_result(void);
const char *scenario_refusal(void);
const struct decision *scenario_decision(void);
const void *scenario_state(void);
