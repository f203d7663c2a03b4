/* An upcaster turns the data of an old version of an event type into a newer one's, when it is
 * read; the log keeps what was written. Its file is named after the type it takes:
 *
 *   upcasters/parcel.sent.v1.json
 *   {"to": "parcel.sent.v2", "operations": [
 *     {"rename": "/customer", "to": "customerId"},     the member gets another name
 *     {"move": "/city", "to": "/address/city"},        to another place; objects are made on the
 * way
 *     {"default": "/currency", "value": "EUR"},        where it is missing or null
 *     {"constant": "/channel", "value": "web"},        whatever it was
 *     {"drop": "/fax"},
 *     {"convert": "/total", "to": "integer"}]} or "number" or "text"
 *
 * Paths are JSON Pointers; "*" in one stands for each element of an array. What a path does not
 * find is passed over. Operations run in order. Immutable once read, used by any number of threads.
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

/* The type it makes. */
const char *upcaster_to(const struct upcaster *upcaster);

/* Changes the data in place. ERR_POISON if a value cannot be converted or moved, or the data is no
 * object; the data is then of no use. */
MUST_CHECK enum err upcaster_apply(const struct upcaster *upcaster, json_t *data,
                                   struct error *error);
