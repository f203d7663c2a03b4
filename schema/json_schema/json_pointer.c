/* Works in the caller's copy: an unescaped segment is never longer than it was. */
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
