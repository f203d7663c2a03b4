/* Makes a new generation the one that serves, so that no reader ever sees an empty, partial or older table,
 * whichever process is killed meanwhile. N is the generation that serves, M the new one:
 *
 *   step                     on disk afterwards                  a crash here leaves
 *   ----------------------   ---------------------------------   -------------------------------
 *   (built)                  link→N, N serving, M ready          N serves; the next run continues M
 *   1 M caught up with N     the same                            the same
 *   2 M durable              the same                            the same
 *   3 N retired, names M     link→N, N retired, M ready          cutover_open_serving() continues at 4
 *   4 link renamed           link→M, N retired, M ready          cutover_open_serving() continues at 5
 *   5 M serving              link→M, N retired, M serving        M serves
 *   6 older ones removed     N and M are left                    M serves; removed the next time
 *
 * M is at or past N's position before N says "retired", so a reader that leaves N for M never goes
 * back. N's last transaction is step 3: the process must not write N again. The caller holds
 * the model's lock; the cutover takes the rebuild lock as well, so that no build writes M.
 */
#pragma once

#include "base/progress.h"
#include "projectors/projection.h"

struct cutover {
    const char *data_directory, *log_url, *model;
    int64_t number;             /* M, READY */
    struct projection *serving; /* N, or NULL if nothing serves */
    progress_fn *progress;      /* of step 1; may be NULL */
    void *context;
};

/* *ret_serving is M, open; the caller closes N. After an error before step 3, N still serves: ERR_BUSY
 * while a rebuild runs, ERR_NOT_FOUND if M does not exist, ERR_OTHER_LOG if it follows another log. After
 * an error from step 3 on, *ret_retired is true: close N and call cutover_open_serving(). */
MUST_CHECK enum err cutover_run(const struct cutover *cutover, bool *ret_retired,
                                struct projection **ret_serving, struct error *error);

/* Opens the generation that serves, after completing a cutover that was interrupted. ERR_NOT_FOUND if no
 * generation serves yet. The caller holds the model's lock. */
MUST_CHECK enum err cutover_open_serving(const char *data_directory, const char *model,
                                         int64_t *ret_number, struct projection **ret_serving,
                                         struct error *error);

enum cutover_step {
    CUTOVER_CAUGHT_UP = 1,
    CUTOVER_DURABLE,
    CUTOVER_RETIRED,
    CUTOVER_LINKED,
    CUTOVER_SERVING,
    CUTOVER_REMOVED,
};
/* For tests, which die at a step: called after each. NULL normally. */
extern void (*cutover_step_for_test)(enum cutover_step step);
