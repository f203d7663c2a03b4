/* JSON that can be read is written so that reading it again gives the same, and the scanner walks
 * over anything. */
#include "base/json.h"
#include "base/json_scan.h"
#include "tests/fuzz/target.h"

static void scan(struct slice text, int depth)
{
    struct json_scan walk = json_scan_begin(text);
    struct slice name, value;
    while (json_scan_next(&walk, &name, &value)) {
        REQUIRE(value.at >= text.at && value.at + value.length <= text.at + text.length);
        (void)json_scan_plain_string(value);
        if (depth < 8)
            scan(value, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice input = {(const char *)bytes, length};
    AUTO(json) json_t *json = NULL;
    AUTO(json) json_t *again = NULL;
    AUTO(text) struct text written = {0};
    AUTO(text) struct text rewritten = {0};
    scan(input, 0);
    if (json_read(input, &json, NULL) != OK)
        return 0;
    json_write(json, &written);
    REQUIRE(json_read(text_slice(&written), &again, NULL) == OK);
    json_write(again, &rewritten);
    REQUIRE(slice_equal(text_slice(&written), text_slice(&rewritten)));
    return 0;
}
