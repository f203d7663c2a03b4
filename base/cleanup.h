/* AUTO(name): a local whose destructor runs when it leaves scope.
 *
 *     AUTO(text) struct text line = {0};       // text_finish(&line) at the end
 *     AUTO(statement) struct statement *s = NULL;  // statement_close(s)
 *
 * A header that offers a destructor declares it once with AUTO_FINISH (for values) or AUTO_CLOSE
 * (for pointers). Destructors take NULL and zeroed structs.
 */
#pragma once

#include <jansson.h>
#include <stdlib.h>

#define AUTO(name) __attribute__((cleanup(name##_auto)))

#define AUTO_FINISH(name, type, function)                                                          \
    static inline void name##_auto(type *value)                                                    \
    {                                                                                              \
        function(value);                                                                           \
    }
#define AUTO_CLOSE(name, type, function)                                                           \
    static inline void name##_auto(type **value)                                                   \
    {                                                                                              \
        function(*value);                                                                          \
    }

static inline void string_auto(char **value)
{
    free(*value);
}

static inline void json_auto(json_t **value)
{
    json_decref(*value);
}
