#include "base/embedded.h"

#include "base/error.h"

const struct embedded_file *embedded_find(const struct embedded_file *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

struct slice embedded_text(const struct embedded_file *table, const char *name)
{
    const struct embedded_file *file = embedded_find(table, name);
    REQUIRE(file);
    return file->text;
}
