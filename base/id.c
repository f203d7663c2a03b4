/* libuuid makes them; the pattern is checked by hand because it stands on the hot path. */
#include "base/id.h"

#include <uuid/uuid.h>

#define ID_LONGEST 128

void id_make(char out[ID_UUID_BYTES])
{
    uuid_t uuid;
    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, out);
}

bool id_is_valid(struct slice id)
{
    if (id.length == 0 || id.length > ID_LONGEST)
        return false;
    for (size_t i = 0; i < id.length; i++) {
        char c = id.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '~' || c == '-'))
            return false;
    }
    return true;
}
