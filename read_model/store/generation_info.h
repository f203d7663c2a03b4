/* State, position and size of a model's generations, read from their files, for tasks and the
 * console. Reads only; needs no lock. */
#pragma once

#include "read_model/store/model_store.h"

struct generation_info {
    int64_t number;
    bool current;  /* the link names it */
    int64_t bytes; /* of the file with its WAL */
    /* The rest only if `trouble` is empty. */
    enum generation_state state;
    int64_t position;
    char definition[65]; /* the hash of the definition it was built from */
    char trouble[200];   /* why it could not be read */
};

/* Each of the model's generations, oldest first. */
typedef void generation_info_fn(void *context, const struct generation_info *info);
MUST_CHECK enum err generation_info_each(const char *data_directory, const char *model,
                                         generation_info_fn *each, void *context,
                                         struct error *error);
