/* One operation of an upcaster: upcaster_read.c makes it, upcaster.c runs it. Only these two include it.
 * Texts are in the upcaster's arena, values are borrowed from its document. */
#pragma once

#include "base/arena.h"
#include "schema/catalogue/upcaster.h"

enum upcaster_kind {
    UPCASTER_RENAME,
    UPCASTER_MOVE,
    UPCASTER_DEFAULT,
    UPCASTER_CONSTANT,
    UPCASTER_DROP,
    UPCASTER_CONVERT,
};

/* What a value is converted to. */
enum upcaster_form { UPCASTER_NUMBER, UPCASTER_INTEGER, UPCASTER_TEXT };

/* The segments of a pointer, unescaped. "*" stands for each element. */
struct upcaster_path {
    const char **names;
    size_t count; /* at least 1 */
};

struct upcaster_operation {
    enum upcaster_kind kind;
    const char *pointer; /* as it was written, for messages */
    struct upcaster_path path, to;
    const json_t *value;
    enum upcaster_form form;
};

struct upcaster {
    json_t *document;
    const char *to;
    struct upcaster_operation *operations;
    size_t count;
    struct arena arena;
};

#define UPCASTER_EACH "*"
