/* A schema on the first line, an instance behind it: compiling and validating end, and what is
 * refused has a reason. */
#include "base/json.h"
#include "schema/json_schema/json_schema.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    const char *newline = length ? memchr(text, '\n', length) : NULL;
    if (!newline)
        return 0;
    struct slice first = {text, (size_t)(newline - text)};
    struct slice second = {newline + 1, length - first.length - 1};
    AUTO(json) json_t *document = NULL;
    AUTO(json) json_t *instance = NULL;
    AUTO(json_schema) struct json_schema *schema = NULL;
    AUTO(schema_faults) struct schema_faults faults = {0};
    struct error error = {0};
    if (json_read(first, &document, NULL) || json_read(second, &instance, NULL))
        return 0;
    if (json_schema_compile(document, &schema, &error) != OK) {
        REQUIRE(error.code == ERR_DEFINITION && error.text[0]);
        return 0;
    }
    bool fits = json_schema_validate(schema, instance, &faults);
    REQUIRE(fits == (faults.count == 0));
    REQUIRE(fits == json_schema_validate(schema, instance, NULL));
    return 0;
}
