/* UUIDs are made from random bytes of the kernel, drawn for many at a time: one is made per event,
 * and a system call each would be a tenth of what storing the event costs. A forked child draws its
 * own. The pattern is checked by hand because it stands on the hot path, too. */
#include "base/id.h"

#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>

#define ID_LONGEST 128
#define UUID_BYTES 16
#define DRAWN      (16 * UUID_BYTES) /* getrandom gives up to 256 bytes in one piece */

static atomic_uint forks;

static void count_fork(void)
{
    atomic_fetch_add(&forks, 1);
}

static void watch_forks(void)
{
    REQUIRE(pthread_atfork(NULL, NULL, count_fork) == 0);
}

static void take_random(unsigned char out[UUID_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local unsigned char drawn[DRAWN];
    static _Thread_local size_t used = DRAWN;
    static _Thread_local unsigned drawn_after;
    pthread_once(&once, watch_forks);
    unsigned now = atomic_load_explicit(&forks, memory_order_relaxed);
    if (used == DRAWN || drawn_after != now) {
        REQUIRE(getrandom(drawn, DRAWN, 0) == DRAWN);
        used = 0;
        drawn_after = now;
    }
    memcpy(out, drawn + used, UUID_BYTES);
    used += UUID_BYTES;
}

void id_make(char out[ID_UUID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[UUID_BYTES];
    take_random(bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* RFC 9562's variant */
    for (int i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
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
