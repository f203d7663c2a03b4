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

void saga_facts_fail(json_t *facts, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!saga_facts_failed(facts))
        json_object_set_new(facts, "failed", json_vsprintf(format, arguments));
    va_end(arguments);
}

const char *saga_facts_failed(const json_t *facts)
{
    return json_string_or(facts, "failed", NULL);
}

void saga_facts_block(json_t *facts, const struct saga_input *input)
{
    const char *command = input->command[0] ? input->command : "state";
    json_object_set_new(facts, "blocked",
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
