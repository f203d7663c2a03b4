#include "sagas/saga_facts.h"

#include <stdarg.h>
#include <stdio.h>

#define MEMBER_BYTES 64

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
