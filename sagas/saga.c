#include "sagas/saga.h"

#include "base/id.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

#define MEMBER_BYTES 64 /* of a fact with its position */

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

/* ---- decisions ---- */

void saga_decision_finish(struct saga_decision *decision)
{
    json_decref(decision->body);
    decision->body = NULL;
}

void saga_reason_copy(const char *reason, char out[SAGA_REASON_BYTES])
{
    utf8_copy(slice_of(reason), out, SAGA_REASON_BYTES);
}

void saga_decision_reason(struct saga_decision *decision, const char *reason)
{
    saga_reason_copy(reason, decision->reason);
}

void saga_decision_block(struct saga_decision *decision, const char *step, const char *format, ...)
{
    char reason[ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    decision->action = SAGA_BLOCK;
    decision->step = step;
    saga_decision_reason(decision, reason);
}

/* An id that does not fit would be another's if it were cut. */
static bool address(struct saga_decision *decision, const char *step, const char *category,
                    const char *target)
{
    if (!id_is_valid(slice_of(target))) {
        saga_decision_block(decision, step, "%s/%s cannot be an id", category, target);
        return false;
    }
    decision->step = step;
    decision->category = category;
    snprintf(decision->target, sizeof decision->target, "%s", target);
    return true;
}

void saga_decision_send(struct saga_decision *decision, const char *step, const char *category,
                        const char *target, const char *command, json_t *take_body)
{
    REQUIRE(take_body);
    if (!address(decision, step, category, target)) {
        json_decref(take_body);
        return;
    }
    decision->action = SAGA_SEND;
    decision->command = command;
    decision->body = take_body;
}

void saga_decision_ask(struct saga_decision *decision, const char *step, const char *category,
                       const char *target)
{
    if (!address(decision, step, category, target))
        return;
    decision->action = SAGA_ASK;
    decision->command = "";
}

void saga_decision_rest(struct saga_decision *decision, const char *step, int64_t timeout_ms)
{
    decision->action = SAGA_REST;
    decision->step = step;
    decision->timeout_ms = timeout_ms;
}

/* ---- facts ---- */

bool saga_facts_note(json_t *facts, const char *member, const char *value, int64_t position)
{
    char at[MEMBER_BYTES];
    REQUIRE((size_t)snprintf(at, sizeof at, "%sAt", member) < sizeof at);
    if (position <= json_int_or(facts, at, 0))
        return false;
    json_object_set_new(facts, member, json_string(value));
    json_object_set_new(facts, at, json_integer(position));
    return true;
}

/* `take_whole` is a string. */
static void note_reason(json_t *facts, const char *member, json_t *take_whole)
{
    char reason[SAGA_REASON_BYTES];
    REQUIRE(take_whole);
    saga_reason_copy(json_string_value(take_whole), reason);
    json_object_set_new(facts, member, json_string(reason));
    json_decref(take_whole);
}

void saga_facts_fail(json_t *facts, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!saga_facts_failed(facts))
        note_reason(facts, "failed", json_vsprintf(format, arguments));
    va_end(arguments);
}

const char *saga_facts_failed(const json_t *facts)
{
    return json_string_or(facts, "failed", NULL);
}

void saga_facts_block(json_t *facts, const struct saga_input *input)
{
    const char *command = input->command[0] ? input->command : "state";
    note_reason(facts, "blocked",
                json_sprintf("%s %s: %s", input->category, command, input->reason));
}

void saga_facts_unblock(json_t *facts)
{
    json_object_del(facts, "blocked");
}

const char *saga_facts_blocked(const json_t *facts)
{
    return json_string_or(facts, "blocked", NULL);
}

/* ---- the rules of all sagas ---- */

void saga_evolve(const struct saga_kind *kind, json_t *facts, const struct saga_input *input)
{
    if (input->kind == SAGA_GIVEN_UP)
        saga_facts_block(facts, input);
    kind->evolve(facts, input);
    if (input->kind == SAGA_RESUMED)
        saga_facts_unblock(facts);
}

void saga_decide(const struct saga_kind *kind, const char *id, const json_t *facts,
                 struct saga_decision *decision)
{
    const char *blocked = saga_facts_blocked(facts);
    kind->decide(id, facts, decision);
    if (!blocked || !decision->step)
        return;
    saga_decision_finish(decision);
    saga_decision_block(decision, decision->step, "%s", blocked);
}

/* ---- the table ---- */

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
