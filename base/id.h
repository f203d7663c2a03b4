/* Ids: those we make (UUIDs) and those we are given. */
#pragma once

#include "base/slice.h"

#define ID_UUID_BYTES 37 /* with the closing NUL */

/* A random UUID (RFC 9562 version 4), lower case. */
void id_make(char out[ID_UUID_BYTES]);

/* True for what may stand in a path as a stream's category or id: [A-Za-z0-9._~-]{1,128}. */
bool id_is_valid(struct slice id);

/* True for what a header can carry as a correlation or causation id: 1 to 128 visible ASCII
 * characters, but no " and \, so that JSON need not escape it either. */
bool id_can_travel(struct slice id);
