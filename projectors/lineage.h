/* Where a generation comes from: the definitions that served before it, and the boot during which
 * its building began. What one generation knows of that, and which events are skipped, is carried
 * into the next.
 */
#pragma once

#include "base/db.h"

#define LINEAGE_BOOT_ID_BYTES 64

/* Makes the tables if they are not there. */
MUST_CHECK enum err lineage_open(struct db *db, struct error *error);

/* When building begins or is gone on with: notes the boot. */
MUST_CHECK enum err lineage_begin(struct db *db, struct error *error);

/* True if the machine has not been booted again since lineage_begin(): then what a killed process
 * wrote without fsync is all there. */
MUST_CHECK enum err lineage_same_boot(struct db *db, bool *ret_same, struct error *error);

MUST_CHECK enum err lineage_is_superseded(struct db *db, const char *definition,
                                          bool *ret_superseded, struct error *error);

/* Copies what `from`, whose definition is `from_definition`, superseded and skips into `to`, and
 * supersedes `from_definition` if `to_definition` is another. In a transaction of its own. */
MUST_CHECK enum err lineage_carry(struct db *from, const char *from_definition, struct db *to,
                                  const char *to_definition, struct error *error);
