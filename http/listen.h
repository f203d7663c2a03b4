/* A listening TCP socket on "ADDR:PORT" or "[ADDR]:PORT", numeric; port 0 picks a free one. */
#pragma once

#include "base/error.h"

#define LISTEN_ADDRESS_BYTES 64 /* "[…]:65535" with the closing NUL */

/* Non-blocking and close-on-exec; the caller closes *ret_fd. `ret_address`: where it really
 * listens. ERR_USAGE if the address is not one, ERR_IO ("address already in use") names it. */
MUST_CHECK enum err listen_open(const char *address, int *ret_fd,
                                char ret_address[LISTEN_ADDRESS_BYTES], struct error *error);
