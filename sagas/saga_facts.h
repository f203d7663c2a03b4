/* What a saga's evolve() notes down in its facts. Noting the same again, or what is older than what
 * is known, changes nothing. Reasons are cut to what an event may tell.
 *
 * Two facts mean the same in every saga: `failed`, why what was done is to be undone, and
 * `blocked`, what a person must see to.
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
