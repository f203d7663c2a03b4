/* What one validation may cost.
 *
 * A step is a visit of a schema node, or work that costs about as much. A schema that refers to
 * itself from two branches asks each value below twice as often as the one above, so the verdicts
 * of $ref targets are kept once a walk is long: each target then looks into each value once, and
 * the steps grow with the instance. Values that are asked in vain (patterns, uniqueItems) count as
 * steps too. A walk that still takes more than STEPS_PER_UNIT steps for each unit of the instance's
 * size ends without a verdict.
 *
 * The table of verdicts is a cache: a verdict that another one displaced is found out again.
 *
 * Faults are made only when something is wrong; until then a place in the instance is a chain on the
 * stack.
 */
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/json_value.h"
#include "schema/json_schema/schema_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS_PER_UNIT     1000 /* of json_value_size() */
#define UNITS_LEAST        100
#define VERDICTS_LEAST     1024 /* powers of two */
#define VERDICTS_MOST      65536
#define POINTER_BYTES_MOST 1000

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

/* False if the pointer became too long and ends above the value. */
static bool write_pointer(const struct schema_path *path, struct text *out)
{
    if (!path)
        return true;
    if (!write_pointer(path->above, out))
        return false;
    size_t above = out->length;
    if (path->name)
        json_pointer_add(out, path->name);
    else
        text_printf(out, "/%zu", path->index);
    if (out->length <= POINTER_BYTES_MOST)
        return true;
    out->length = above;
    text_reserve(out, 0)[0] = '\0';
    return false;
}

void schema_walk_add_fault(struct schema_walk *walk, const struct schema_path *path,
                           const char *format, ...)
{
    if (!schema_walk_wants_faults(walk))
        return;
    struct schema_fault *fault = &walk->faults->fault[walk->faults->count++];
    AUTO(text) struct text pointer = {0};
    write_pointer(path, &pointer);
    fault->pointer = text_take(&pointer);
    va_list arguments;
    va_start(arguments, format);
    REQUIRE(vasprintf(&fault->detail, format, arguments) >= 0);
    va_end(arguments);
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
