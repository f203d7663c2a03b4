/* A read model's file, which may be anything: refused with a reason, or taken. */
#include "read_model/definition/model.h"
#include "shop/shop.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct catalogue *catalogue;
    AUTO(model) struct model *model = NULL;
    struct error error = {0};
    if (!catalogue)
        REQUIRE(catalogue_open(&shop.schemas, NULL, &catalogue, &error) == OK);
    enum err err = model_read("fuzz.sql", (struct slice){(const char *)bytes, length}, catalogue,
                              &model, &error);
    REQUIRE(err == OK || error.text[0]);
    return 0;
}
