/* A CloudEvent somebody sends, structured. What is taken has all that the log needs. */
#include "base/json.h"
#include "schema/cloudevent.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    AUTO(json) json_t *json = NULL;
    AUTO(json) json_t *meta = NULL;
    AUTO(external_event) struct external_event event = {0};
    struct error error = {0};
    if (json_read((struct slice){(const char *)bytes, length}, &json, NULL) != OK ||
        external_event_read(json, &event, &error) != OK)
        return 0;
    REQUIRE(event.id && event.source && event.type && event.data && event.meta);
    REQUIRE(json_read(slice_of(event.meta), &meta, NULL) == OK && json_is_object(meta));
    return 0;
}
