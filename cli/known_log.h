/* Checks which log the other files of a data directory follow, for a role that would create one. */
#pragma once

#include "base/error.h"

/* OK if the log at `log_url` exists, or if it certainly does not and neither a generation under
 * DATA/read nor DATA/sagas.db records the id of a log. Such files alone are no evidence: a projector
 * may have started before the first log was made. The error `code`, naming the file and the log, if
 * one records an id; ERR_IO and why, if such a file cannot be read: then it is not known. If the log
 * exists and cannot be opened for reading: that error. */
MUST_CHECK enum err known_log_check_beginning(const char *log_url, const char *data, enum err code,
                                              struct error *error);
