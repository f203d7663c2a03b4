/* What is wrong with an instance. A list is empty as zeros and belongs to the caller of
 * json_schema_validate(); one thread uses it. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define SCHEMA_FAULTS_MOST 20

struct schema_fault {
    /* JSON Pointer (RFC 6901) into the instance; "" is the whole instance. If the pointer of the value
     * has more than 1000 bytes, it is that of the nearest value above whose pointer has not. */
    char *pointer;
    char *detail; /* for a person */
};

/* In document order, those of an object before those of its members. */
struct schema_faults {
    struct schema_fault fault[SCHEMA_FAULTS_MOST];
    size_t count;
    bool exhausted; /* the instance takes too many steps, which is the only fault */
    size_t steps;   /* visits of schemas, and work of the same cost */
};

void schema_faults_finish(struct schema_faults *faults);
AUTO_FINISH(schema_faults, struct schema_faults, schema_faults_finish)

/* The position of a value in the instance: a chain from the value up to the root (NULL), so that a
 * pointer is written only for a fault. */
struct schema_path {
    const struct schema_path *above;
    const char *name; /* of a member, or NULL */
    size_t index;     /* of an element */
};

/* Adds a fault to a list with fewer than SCHEMA_FAULTS_MOST. */
void schema_faults_add(struct schema_faults *faults, const struct schema_path *path,
                       const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));
