/* What comes back over the bus may be anything; what is taken from it can be written again. */
#include "schema/cloudevent.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(text) struct text written = {0};
    struct event event = {0};
    struct error error = {0};
    if (cloudevent_read_own((struct slice){(const char *)bytes, length}, &arena, &event, &error))
        return 0;
    cloudevent_write(&event, &written);
    return 0;
}
