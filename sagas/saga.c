#include "sagas/saga.h"

#include "base/id.h"
#include "sagas/saga_facts.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const phase_names[SAGA_PHASES] = {
    [SAGA_RUNNING] = "running", [SAGA_WAITING] = "waiting", [SAGA_COMPENSATING] = "compensating",
    [SAGA_STUCK] = "stuck",     [SAGA_ENDED] = "ended",
};

const char *saga_phase_name(enum saga_phase phase)
{
    return phase_names[phase];
}

bool saga_phase_read(const char *name, enum saga_phase *ret_phase)
{
    for (int phase = 0; phase < SAGA_PHASES; phase++) {
        if (strcmp(phase_names[phase], name) == 0) {
            *ret_phase = (enum saga_phase)phase;
            return true;
        }
    }
    return false;
}

void saga_plan_finish(struct saga_plan *plan)
{
    json_decref(plan->body);
    plan->body = NULL;
}

void saga_reason_copy(const char *reason, char out[SAGA_REASON_BYTES])
{
    struct slice cut = text_cut(slice_of(reason), SAGA_REASON_BYTES - 1);
    memcpy(out, cut.at, cut.length);
    out[cut.length] = '\0';
}

void saga_plan_reason(struct saga_plan *plan, const char *reason)
{
    saga_reason_copy(reason, plan->reason);
}

void saga_plan_block(struct saga_plan *plan, const char *step, const char *format, ...)
{
    char reason[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    plan->action = SAGA_BLOCK;
    plan->step = step;
    saga_plan_reason(plan, reason);
}

/* An id that does not fit would be another's if it were cut. */
static bool address(struct saga_plan *plan, const char *step, const char *category,
                    const char *target)
{
    if (!id_is_valid(slice_of(target))) {
        saga_plan_block(plan, step, "%s/%s cannot be an id", category, target);
        return false;
    }
    plan->step = step;
    plan->category = category;
    snprintf(plan->target, sizeof plan->target, "%s", target);
    return true;
}

void saga_plan_send(struct saga_plan *plan, const char *step, const char *category,
                    const char *target, const char *command, json_t *take_body)
{
    REQUIRE(take_body);
    if (!address(plan, step, category, target)) {
        json_decref(take_body);
        return;
    }
    plan->action = SAGA_SEND;
    plan->command = command;
    plan->body = take_body;
}

void saga_plan_ask(struct saga_plan *plan, const char *step, const char *category,
                   const char *target)
{
    if (!address(plan, step, category, target))
        return;
    plan->action = SAGA_ASK;
    plan->command = "";
}

void saga_plan_rest(struct saga_plan *plan, const char *step, int64_t timeout_ms)
{
    plan->action = SAGA_REST;
    plan->step = step;
    plan->timeout_ms = timeout_ms;
}

void saga_learn(const struct saga_kind *kind, json_t *facts, const struct saga_input *input)
{
    if (input->kind == SAGA_GIVEN_UP)
        saga_facts_block(facts, input);
    kind->learn(facts, input);
    if (input->kind == SAGA_RESUMED)
        saga_facts_unblock(facts);
}

void saga_plan_next(const struct saga_kind *kind, const char *id, const json_t *facts,
                    struct saga_plan *plan)
{
    const char *blocked = saga_facts_blocked(facts);
    kind->plan(id, facts, plan);
    if (!blocked || !plan->step)
        return;
    saga_plan_finish(plan);
    saga_plan_block(plan, plan->step, "%s", blocked);
}

const struct saga_step *saga_step_find(const struct saga_kind *kind, const char *name)
{
    for (const struct saga_step *step = kind->steps; step->name; step++)
        if (strcmp(step->name, name) == 0)
            return step;
    return NULL;
}

enum err saga_move_check(const struct saga_kind *kind, const char *id, const char *from,
                         const char *to, struct error *error)
{
    const struct saga_step *step = saga_step_find(kind, from);
    if (step && strcmp(from, to) == 0)
        return OK;
    for (size_t i = 0; step && i < SAGA_NEXT_MOST && step->next[i]; i++)
        if (strcmp(step->next[i], to) == 0)
            return saga_step_find(kind, to)
                       ? OK
                       : error_set(error, ERR_INTERNAL, "%s has no step %s", kind->name, to);
    return error_set(error, ERR_INTERNAL, "%s %s may not move from %s to %s", kind->name, id, from,
                     to);
}

const struct saga_kind *saga_find(const struct saga_kind *const *table, const char *name,
                                  int64_t version)
{
    for (; *table; table++)
        if (strcmp((*table)->name, name) == 0 && (!version || (*table)->version == version))
            return *table;
    return NULL;
}
