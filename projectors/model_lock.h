/* The two locks of a read model, and where its files are.
 *
 *   lock on <model>.db        the right to write the generation that serves, and to change the link
 *   lock on <model>.rebuild   the right to write a generation that does not serve yet
 *
 * A cutover needs both. A process that takes both takes the model's first.
 */
#pragma once

#include "base/lock_file.h"
#include "base/text.h"

/* Adds the path whose lock model_lock_take() takes, for lock_file_find_holder(). */
void model_lock_path(const char *data_directory, const char *model, struct text *out);

/* Both make DATA/read unless it exists. ERR_LOCKED names the holder. */
MUST_CHECK enum err model_lock_take(const char *data_directory, const char *model, const char *who,
                                    struct lock_file **ret_lock, struct error *error);
MUST_CHECK enum err model_lock_take_rebuild(const char *data_directory, const char *model,
                                            struct lock_file **ret_lock, struct error *error);
