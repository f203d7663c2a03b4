/* Faults are made only when something is wrong; until then a place is a chain on the stack. */
#include "schema/json_schema/schema_node.h"

#include <stdarg.h>
#include <stdio.h>

#define POINTER_MOST_BYTES 1000

void schema_faults_finish(struct schema_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->fault[i].pointer);
        free(faults->fault[i].detail);
    }
    *faults = (struct schema_faults){0};
}

void schema_fault_add_segment(struct text *pointer, const char *name)
{
    text_add_char(pointer, '/');
    for (; *name; name++) {
        if (*name == '~')
            text_add(pointer, "~0");
        else if (*name == '/')
            text_add(pointer, "~1");
        else
            text_add_char(pointer, *name);
    }
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
        schema_fault_add_segment(out, path->name);
    else
        text_printf(out, "/%zu", path->index);
    if (out->length <= POINTER_MOST_BYTES)
        return true;
    out->length = above;
    text_reserve(out, 0)[0] = '\0';
    return false;
}

void schema_fault_add(struct schema_walk *walk, const struct schema_path *path, const char *format,
                      ...)
{
    if (!schema_faults_wanted(walk))
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
