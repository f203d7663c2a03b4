/* An upcaster converts the data of an old version of an event type to a newer version when the
 * event is read; the log is not changed. Its file is named after the type it converts from:
 *
 *   upcasters/parcel.sent.v1.json
 *   {"to": "parcel.sent.v2", "operations": [
 *     {"rename": "/street", "to": "streetName"},     renames a member
 *     {"move": "/city", "to": "/address/city"},      moves a value; creates missing objects
 *     {"default": "/country", "value": "DE"},        sets a value that is missing or null
 *     {"constant": "/channel", "value": "web"},      always sets a value
 *     {"drop": "/fax"},                              removes a value
 *     {"convert": "/total", "to": "integer"}         to "integer", "number" or "text"
 *   ]}
 *
 * Paths are JSON Pointers; "*" in one stands for each element of an array. A path that matches
 * nothing changes nothing. Operations run in order. An upcaster is
 * immutable once read; any thread may use it.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

#include <jansson.h>

struct upcaster;

/* Reads a file's text. ERR_DEFINITION names the operation: "operations/2: …". */
MUST_CHECK enum err upcaster_read(struct slice text, struct upcaster **ret_upcaster,
                                  struct error *error);
void upcaster_destroy(struct upcaster *upcaster);
AUTO_CLOSE(upcaster, struct upcaster, upcaster_destroy)

/* The type that it converts to. */
const char *upcaster_to(const struct upcaster *upcaster);

/* Changes the data in place. ERR_POISON if a value cannot be converted or moved, or the data is not
 * an object; the data is then unusable. */
MUST_CHECK enum err upcaster_apply(const struct upcaster *upcaster, json_t *data,
                                   struct error *error);
