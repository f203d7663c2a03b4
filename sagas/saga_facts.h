/* How a saga's evolve() records facts. Recording the same again, or a fact older than the known one,
 * changes nothing. Reasons are cut to the length that an event allows.
 *
 * Two facts mean the same in every saga: `failed`, the reason to undo completed steps, and
 * `blocked`, the reason why an operator must look.
 */
#pragma once

#include "sagas/saga.h"

/* Notes that `member` is so as of `position`, in the member MEMBERAt. False, and nothing noted, if
 * something of that position or a newer one is known. `facts` may be an object inside of them. */
bool saga_facts_note(json_t *facts, const char *member, const char *value, int64_t position);

/* Notes why it failed. The first reason stays. */
void saga_facts_fail(json_t *facts, const char *format, ...) PRINTF_LIKE(2, 3);
const char *saga_facts_failed(const json_t *facts); /* the reason, or NULL */

/* A person must see to the input's command, for the input's reason. */
void saga_facts_block(json_t *facts, const struct saga_input *input);
void saga_facts_unblock(json_t *facts);
const char *saga_facts_blocked(const json_t *facts); /* what and why, or NULL */
