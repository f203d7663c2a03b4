/* What the files of `annal status` share: status.c makes the document, status_print.c prints it. */
#pragma once

#include "base/json.h"

/* Where the runner of sagas may get no further: the member of its status, and what that means. */
struct status_way {
    const char *member, *trouble;
};
#define STATUS_WAYS 2
extern const struct status_way status_ways[STATUS_WAYS];

void status_print(const json_t *status);
