/* One validation of one instance: what it may cost, the verdicts it has found, and the faults it
 * collects. It belongs to the thread that validates. */
#pragma once

#include "schema/json_schema/schema_faults.h"

#include <jansson.h>

#define SCHEMA_WALK_SHORT 2000 /* steps */

struct schema_node;
struct schema_walk;

/* Checks a value against a schema, or against one keyword of it. */
typedef bool schema_check_fn(const struct schema_node *node, const json_t *value,
                             const struct schema_path *path, struct schema_walk *walk);

struct schema_walk {
    const json_t *instance;
    schema_check_fn *validate;       /* all keywords: for those that apply a schema to a value */
    struct schema_faults *faults;    /* NULL: faults are not collected */
    size_t steps, most;              /* taken, and the number at which schema_walk_extend() runs */
    bool exhausted;                  /* every further check fails at once; the verdict is invalid */
    struct schema_verdict *verdicts; /* NULL until the walk is long */
    size_t verdict_mask;
};

/* Frees the memory of the walk; if it was exhausted, makes that the only fault. */
void schema_walk_finish(struct schema_walk *walk);

/* Called when the walk has reached walk->most. False if it must end. */
bool schema_walk_extend(struct schema_walk *walk);

/* Counts work that costs about as much as visiting `count` nodes. False if the walk must end. */
static inline bool schema_walk_step(struct schema_walk *walk, size_t count)
{
    walk->steps += count;
    return walk->steps <= walk->most || schema_walk_extend(walk);
}

/* The verdict of the target of a $ref on a value, if it is known; else false. */
bool schema_walk_recall(const struct schema_walk *walk, const struct schema_node *node,
                        const json_t *value, bool *ret_fits);
void schema_walk_remember(struct schema_walk *walk, const struct schema_node *node,
                          const json_t *value, bool fits);

/* True if the caller collects faults and the list is not full. */
static inline bool schema_walk_wants_faults(const struct schema_walk *walk)
{
    return walk->faults && walk->faults->count < SCHEMA_FAULTS_MOST;
}

/* Adds a fault if schema_walk_wants_faults(). */
void schema_walk_add_fault(struct schema_walk *walk, const struct schema_path *path,
                           const char *format, ...) PRINTF_LIKE(3, 4);

/* Validates without collecting faults, for a schema that the value need not fit. */
bool schema_walk_try(const struct schema_node *node, const json_t *value, struct schema_walk *walk);
