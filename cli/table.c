#include "cli/table.h"

#include "base/array.h"
#include <stdarg.h>
#include <stdio.h>

void table_init(struct table *table, const char *const *names, size_t count)
{
    REQUIRE(count > 0 && count <= TABLE_COLUMNS_MOST);
    *table = (struct table){.column_count = count};
    for (size_t i = 0; i < count; i++)
        table_add(table, "%s", names[i]);
}

void table_finish(struct table *table)
{
    for (size_t i = 0; i < table->cells.count; i++)
        free(table->cells.at[i]);
    free(table->cells.at);
    *table = (struct table){0};
}

void table_add(struct table *table, const char *format, ...)
{
    char *cell = NULL;
    va_list arguments;
    va_start(arguments, format);
    REQUIRE(vasprintf(&cell, format, arguments) >= 0);
    va_end(arguments);
    *ARRAY_ADD(&table->cells) = cell;
}

/* The number of characters: UTF-8 bytes that begin one. */
static size_t width_of(const char *cell)
{
    size_t width = 0;
    for (; *cell; cell++)
        width += ((unsigned char)*cell & 0xC0) != 0x80;
    return width;
}

static void print_cell(const char *cell, size_t width, bool right, bool last)
{
    size_t own = width_of(cell);
    int padding = (int)(width > own ? width - own : 0);
    if (right)
        printf("%*s%s", padding, "", cell);
    else
        printf("%s%*s", cell, last ? 0 : padding, "");
    printf("%s", last ? "\n" : "  ");
}

void table_print(const struct table *table)
{
    size_t width[TABLE_COLUMNS_MOST] = {0};
    size_t count = table->column_count;
    for (size_t i = 0; i < table->cells.count; i++) {
        size_t own = width_of(table->cells.at[i]) - (i < count && table->cells.at[i][0] == '>');
        if (own > width[i % count])
            width[i % count] = own;
    }
    for (size_t i = 0; i < table->cells.count; i++) {
        bool right = table->cells.at[i % count][0] == '>';
        const char *cell = table->cells.at[i] + (i < count && right);
        print_cell(cell, width[i % count], right, i % count == count - 1);
    }
}
