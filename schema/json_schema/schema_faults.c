/* Faults own copies of their texts: the path is on the stack, and the instance may be freed first. */
#include "schema/json_schema/schema_faults.h"

#include "base/error.h"
#include "schema/json_schema/json_pointer.h"

#include <stdio.h>
#include <stdlib.h>

#define POINTER_BYTES_MOST 1000

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

void schema_faults_add(struct schema_faults *faults, const struct schema_path *path,
                       const char *format, va_list arguments)
{
    REQUIRE(faults->count < SCHEMA_FAULTS_MOST);
    struct schema_fault *fault = &faults->fault[faults->count++];
    AUTO(text) struct text pointer = {0};
    write_pointer(path, &pointer);
    fault->pointer = text_take(&pointer);
    REQUIRE(vasprintf(&fault->detail, format, arguments) >= 0);
}

void schema_faults_finish(struct schema_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->fault[i].pointer);
        free(faults->fault[i].detail);
    }
    *faults = (struct schema_faults){0};
}
