/* A currency: three letters, ISO 4217. Every amount of money has one. */
#pragma once

#include "base/error.h"

#include <jansson.h>

#define CURRENCY_BYTES 4

/* The member "currency" of an event's data, NUL-terminated. ERR_CORRUPT: it is not three
 * letters. */
MUST_CHECK enum err currency_read(const json_t *data, char ret_currency[CURRENCY_BYTES],
                                  struct error *error);
