/* The random bits come from random.h: uuid_generate_random() also seeds and calls random(3) for each id,
 * which costs ten times as much, and each command needs three or four ids. libuuid formats them. The
 * pattern is checked without a library, because it is on the hot path.
 */
#include "base/id.h"

#include "base/random.h"

#include <uuid/uuid.h>

#define ID_LONGEST 128

void id_make(char out[ID_UUID_BYTES])
{
    uuid_t uuid;
    random_fill(uuid, sizeof uuid);
    uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x40); /* version 4 */
    uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80); /* RFC 9562's variant */
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

bool id_can_travel(struct slice id)
{
    if (id.length == 0 || id.length > ID_LONGEST)
        return false;
    for (size_t i = 0; i < id.length; i++) {
        char c = id.at[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\')
            return false;
    }
    return true;
}
