/* Where a generation comes from: the definitions that served before it, and the boot during which its
 * build began. These records and the skipped events are copied into the next generation.
 */
#pragma once

#include "base/db.h"

#define LINEAGE_BOOT_ID_BYTES 64

/* Creates the tables if they do not exist. */
MUST_CHECK enum err lineage_open(struct db *db, struct error *error);

/* When a build begins or continues: records the boot. */
MUST_CHECK enum err lineage_begin(struct db *db, struct error *error);

/* True if the machine has not been booted since lineage_begin(): then everything that a killed process
 * wrote without fsync is in the file. */
MUST_CHECK enum err lineage_same_boot(struct db *db, bool *ret_same, struct error *error);

MUST_CHECK enum err lineage_is_superseded(struct db *db, const char *definition,
                                          bool *ret_superseded, struct error *error);

/* Copies the superseded definitions and skipped events of `from`, whose definition is `from_definition`,
 * into `to`, and records `from_definition` as superseded if `to_definition` differs. In a separate
 * transaction. */
MUST_CHECK enum err lineage_carry(struct db *from, const char *from_definition, struct db *to,
                                  const char *to_definition, struct error *error);
