/* A step is a visit of a schema node, or work that costs about as much (patterns, uniqueItems).
 *
 * A schema that refers to itself from two branches is applied to each value twice as often as to the
 * value above. So once a walk is long, it keeps the verdicts of the targets of $ref: each target is
 * then applied to each value once, and the number of steps grows with the instance. A walk that
 * still takes more than STEPS_PER_UNIT steps for each unit of the instance's size ends without a
 * verdict.
 *
 * The table of verdicts is a cache: a verdict that another one has displaced is computed again.
 */
#include "schema/json_schema/schema_walk.h"

#include "base/error.h"
#include "schema/json_schema/json_value.h"

#include <stdint.h>
#include <stdlib.h>

#define STEPS_PER_UNIT 1000 /* of json_value_size() */
#define UNITS_LEAST    100
#define VERDICTS_LEAST 1024 /* powers of two */
#define VERDICTS_MOST  65536

struct schema_verdict {
    const struct schema_node *node; /* NULL: none is kept here */
    const json_t *value;
    bool fits;
};

/* The walk has become long: sets its limit and allocates the table of verdicts. */
static void allow_long(struct schema_walk *walk)
{
    size_t units = json_value_size(walk->instance), count = VERDICTS_LEAST;
    walk->most = STEPS_PER_UNIT * (units > UNITS_LEAST ? units : UNITS_LEAST);
    while (count < units && count < VERDICTS_MOST)
        count *= 2;
    walk->verdicts = calloc(count, sizeof *walk->verdicts);
    REQUIRE(walk->verdicts);
    walk->verdict_mask = count - 1;
}

bool schema_walk_extend(struct schema_walk *walk)
{
    if (!walk->verdicts)
        allow_long(walk);
    walk->exhausted |= walk->steps > walk->most;
    return !walk->exhausted;
}

static struct schema_verdict *place_of(const struct schema_walk *walk,
                                       const struct schema_node *node, const json_t *value)
{
    uint64_t mixed = ((uintptr_t)node >> 4) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ ((uintptr_t)value >> 4)) * 0xD6E8FEB86659FD93U;
    return &walk->verdicts[(mixed >> 32) & walk->verdict_mask];
}

bool schema_walk_recall(const struct schema_walk *walk, const struct schema_node *node,
                        const json_t *value, bool *ret_fits)
{
    if (!walk->verdicts)
        return false;
    const struct schema_verdict *verdict = place_of(walk, node, value);
    *ret_fits = verdict->fits;
    return verdict->node == node && verdict->value == value;
}

void schema_walk_remember(struct schema_walk *walk, const struct schema_node *node,
                          const json_t *value, bool fits)
{
    if (walk->verdicts && !walk->exhausted)
        *place_of(walk, node, value) = (struct schema_verdict){node, value, fits};
}

void schema_walk_add_fault(struct schema_walk *walk, const struct schema_path *path,
                           const char *format, ...)
{
    if (!schema_walk_wants_faults(walk))
        return;
    va_list arguments;
    va_start(arguments, format);
    schema_faults_add(walk->faults, path, format, arguments);
    va_end(arguments);
}

bool schema_walk_try(const struct schema_node *node, const json_t *value, struct schema_walk *walk)
{
    struct schema_faults *faults = walk->faults;
    walk->faults = NULL;
    bool fits = walk->validate(node, value, NULL, walk);
    walk->faults = faults;
    return fits;
}

void schema_walk_finish(struct schema_walk *walk)
{
    free(walk->verdicts);
    walk->verdicts = NULL;
    if (!walk->faults)
        return;
    if (walk->exhausted) {
        schema_faults_finish(walk->faults);
        schema_walk_add_fault(
            walk, NULL,
            "takes more than %zu steps to validate; send less at once, or nest it "
            "less deeply",
            walk->most);
    }
    walk->faults->exhausted = walk->exhausted;
    walk->faults->steps = walk->steps;
}
