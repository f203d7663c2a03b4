#include "base/embedded.h"

#include "base/error.h"

struct slice embedded_text(const struct embedded_file *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table->text;
    REQUIRE(!"an embedded file is missing");
    return (struct slice){0};
}
