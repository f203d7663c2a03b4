/* Checks which log the other files of a data directory follow, for a role that would create one. */
#pragma once

#include "base/error.h"

/* OK if DATA/events.db exists, or if it does not and neither a generation under DATA/read nor
 * DATA/sagas.db records the id of a log. Such files alone are no evidence: a projector may have
 * started before the first log was made. The error `code`, naming the file and the log, if one
 * does; ERR_IO and why, if such a file cannot be read: then it is not known. */
MUST_CHECK enum err known_log_check_beginning(const char *data, enum err code, struct error *error);
