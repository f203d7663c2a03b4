/* Any bytes as a read model's file are rejected with a reason, or accepted. */
#include "read_model/definition/model.h"
#include "tests/domain/lending.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct catalogue *catalogue;
    AUTO(model) struct model *model = NULL;
    struct error error = {0};
    if (!catalogue)
        REQUIRE(catalogue_open(&lending.schemas, NULL, &catalogue, &error) == OK);
    enum err err = model_read("fuzz.sql", (struct slice){(const char *)bytes, length}, catalogue,
                              &model, &error);
    REQUIRE(err == OK || error.text[0]);
    return 0;
}
