/* The secret by which sagas know the events that their own commands caused.
 *
 * It lies in DATA/sagas.key (32 random bytes, mode 0600), beside sagas.db and not in it: when
 * sagas.db is lost and the sagas are put together again out of the log, they still know their own
 * events. Without the file a new one is made, and no event before that is a saga's own.
 */
#pragma once

#include "base/error.h"

#define SAGA_KEY_FILE  "sagas.key" /* in the data directory */
#define SAGA_KEY_BYTES 32

/* Reads the key, or makes it. The caller holds the lock of sagas.db. ERR_CORRUPT if the file has
 * another length. */
MUST_CHECK enum err saga_key_read(const char *data_directory, unsigned char ret_key[SAGA_KEY_BYTES],
                                  struct error *error);
