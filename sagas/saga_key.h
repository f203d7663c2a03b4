/* The secret by which sagas know the events that their own commands caused.
 *
 * It lies in DATA/sagas.key (32 random bytes, mode 0600), beside sagas.db and not in it: when
 * sagas.db is lost and the sagas are put together again out of the log, they still know their own
 * events. A new key would take the events of earlier commands for a client's, so one is made only
 * while no saga has begun.
 */
#pragma once

#include "base/error.h"

#define SAGA_KEY_FILE  "sagas.key" /* in the data directory */
#define SAGA_KEY_BYTES 32

/* Reads the key, or makes it if `may_make`. The caller holds the lock of sagas.db. ERR_CORRUPT if
 * the file has another length, or is certainly not there and must not be made. */
MUST_CHECK enum err saga_key_read(const char *data_directory, bool may_make,
                                  unsigned char ret_key[SAGA_KEY_BYTES], struct error *error);
