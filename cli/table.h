/* A table for people: columns as wide as their widest cell, numbers to the right. */
#pragma once

#include "base/text.h"

#define TABLE_COLUMNS_MOST 12

struct table {
    size_t column_count;
    struct {
        char **at; /* the heading row first */
        size_t count, capacity;
    } cells;
};

/* Column names; a name that begins with '>' is a column of numbers. */
void table_init(struct table *table, const char *const *names, size_t count);
void table_finish(struct table *table);
AUTO_FINISH(table, struct table, table_finish)

/* Adds the next cell, left to right, row by row. */
void table_add(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);

void table_print(const struct table *table);
