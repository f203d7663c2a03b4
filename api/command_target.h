/* The command of an aggregate, and whether its data is valid: everything that does not depend on the
 * state.
 */
#pragma once

#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

struct command_target {
    const struct aggregate *aggregate;
    const struct command_kind *kind;
};

/* ERR_NOT_FOUND suggests the nearest name. */
MUST_CHECK enum err command_target_find(const struct aggregate *const *aggregates,
                                        const char *category, const char *command,
                                        struct command_target *ret_target, struct error *error);

/* True if the data matches the schema of the command; otherwise sets `faults`. */
bool command_target_validate(const struct command_target *target, const struct catalogue *catalogue,
                             const json_t *data, struct schema_faults *faults);

/* "account open", for messages. */
void command_target_write(const struct command_target *target, struct text *out);
