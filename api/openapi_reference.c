#include "api/openapi_reference.h"

#include "base/error.h"

json_t *openapi_reference_make(const char *kind, const char *name)
{
    json_t *reference = json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
    REQUIRE(reference);
    return reference;
}
