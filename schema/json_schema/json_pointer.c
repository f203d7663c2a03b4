/* The segments of a JSON Pointer are unescaped in the caller's copy: a segment never becomes longer. */
#include "schema/json_schema/json_pointer.h"

#include <string.h>

static void unescape(char *segment)
{
    char *to = segment;
    for (const char *from = segment; *from; from++) {
        *to = *from;
        if (*from == '~' && (from[1] == '0' || from[1] == '1'))
            *to = *++from == '0' ? '~' : '/';
        to++;
    }
    *to = '\0';
}

char *json_pointer_take(char **rest)
{
    char *segment = strsep(rest, "/");
    unescape(segment);
    return segment;
}

void json_pointer_add(struct text *pointer, const char *name)
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
