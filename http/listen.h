/* Listening sockets, non-blocking and close-on-exec. The caller closes *ret_fd. */
#pragma once

#include "base/error.h"
#include "base/text.h"

struct sockaddr_un;

#define LISTEN_ADDRESS_BYTES 64 /* "[…]:65535" with the closing NUL */

/* On TCP: "ADDR:PORT" or "[ADDR]:PORT", numeric; port 0 chooses a free one. `ret_address`: the
 * address with the port that was bound. ERR_USAGE if the address is invalid; ERR_IO names the reason
 * ("another process already listens there"). */
MUST_CHECK enum err listen_open_tcp(const char *address, int *ret_fd,
                                    char ret_address[LISTEN_ADDRESS_BYTES], struct error *error);

/* ERR_USAGE if listen_open_tcp() would reject the address. */
MUST_CHECK enum err listen_check_tcp(const char *address, struct error *error);

/* Adds the URL of a server that listens on this address or authority: "http://127.0.0.1:8080". */
void listen_write_url(const char *address, struct text *out);

/* On a Unix socket with mode 0600. Replaces a socket file that a dead process has left; ERR_LOCKED
 * if a process listens on it. */
MUST_CHECK enum err listen_open_unix(const struct sockaddr_un *address, int *ret_fd,
                                     struct error *error);
