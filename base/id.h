/* Ids: UUIDs that annal makes, and ids that clients send. */
#pragma once

#include "base/slice.h"

#define ID_UUID_BYTES 37 /* with the closing NUL */

/* A random UUID (RFC 9562 version 4), lower case. */
void id_make(char out[ID_UUID_BYTES]);

/* True for a valid category or id of a stream: [A-Za-z0-9._~-]{1,128}. */
bool id_is_valid(struct slice id);

/* True for a valid correlation or causation id: 1 to 128 visible ASCII characters except " and \, so that
 * neither a header nor JSON needs to escape it. */
bool id_can_travel(struct slice id);
