/* How sagas recognize the events that their own commands caused: by the ids of the commands, which are
 * made with a secret.
 *
 * The secret is DATA/sagas.key (32 random bytes, mode 0600), beside sagas.db and not in it: when
 * sagas.db is lost and the sagas are rebuilt from the log, they still recognize their own events. With
 * a new key they would attribute the events of earlier commands to clients, so a key is made only while
 * no saga has begun.
 */
#pragma once

#include "sagas/saga_row.h"

#define SAGA_KEY_FILE  "sagas.key" /* in the data directory */
#define SAGA_KEY_BYTES 32

/* Reads the key, or makes it if `may_make`. The caller holds the lock of sagas.db. ERR_CORRUPT if
 * the file has another length, or certainly does not exist and must not be made. */
MUST_CHECK enum err saga_key_read(const char *data_directory, bool may_make,
                                  unsigned char ret_key[SAGA_KEY_BYTES], struct error *error);

/* The id of a saga's command, SAGA-HASH-NUMBER-MAC. The MAC is made with the key over saga, id, number
 * and the stream the command is for: a client that has seen the id in an event can neither make another
 * one nor use it for another stream. */
#define SAGA_KEY_ID_BYTES (SAGA_NAME_BYTES + 60)
void saga_key_write_id(const unsigned char key[SAGA_KEY_BYTES], const struct saga_row *row,
                       int64_t number, const char *category, const char *target,
                       char out[SAGA_KEY_ID_BYTES]);

/* True if `cause` is the id of a command that this saga has sent to the stream. */
bool saga_key_is_own(const unsigned char key[SAGA_KEY_BYTES], const struct saga_row *row,
                     const char *category, const char *target, struct slice cause);
