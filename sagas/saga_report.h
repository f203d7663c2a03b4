/* Reads committed sagas from sagas.db, beside the process that writes it. */
#pragma once

#include "base/id.h"
#include "base/json.h"

#include <stdint.h>

/* {"position", "phases": {"running": …, "stuck": …}} ; ERR_NOT_FOUND: sagas.db does not exist. */
MUST_CHECK enum err saga_report_status(const char *data_directory, json_t **ret_status,
                                       struct error *error);

/* The id of the log that the sagas follow; "" if they have seen none. ERR_NOT_FOUND if sagas.db
 * does not exist. */
MUST_CHECK enum err saga_report_log_id(const char *data_directory, char ret_log_id[ID_UUID_BYTES],
                                       struct error *error);

/* An array of {saga, id, phase, step, reason, started_at, updated_at, version}, the latest first.
 * `phase` "": all that have not ended, or, if `ended`, those too. */
MUST_CHECK enum err saga_report_list(const char *data_directory, const char *phase, bool ended,
                                     int64_t most, json_t **ret_list, struct error *error);

/* One saga: as in the list, and facts, wakes_at, underway [], history [{at, kind, what}],
 * history_removed. `saga` "": the only one with that id. ERR_NOT_FOUND; ERR_REFUSED names
 * them if there are several. */
MUST_CHECK enum err saga_report_show(const char *data_directory, const char *saga, const char *id,
                                     json_t **ret_saga, struct error *error);
