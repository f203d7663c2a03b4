/* Where control sockets are: DATA/run/<role>.sock. Shared by the listener and the caller. */
#pragma once

#include "base/error.h"

#include <sys/socket.h>
#include <sys/un.h>

/* ERR_USAGE if the path is too long for a Unix socket. */
MUST_CHECK enum err control_path(const char *data_directory, const char *role,
                                 struct sockaddr_un *ret_address, struct error *error);

/* DATA and DATA/run, for us alone. */
MUST_CHECK enum err control_make_directory(const char *data_directory, struct error *error);
