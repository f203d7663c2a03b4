#include "write_model/expected_version.h"

enum err expected_version_check(struct slice stream, int64_t expected, int64_t version,
                                struct error *error)
{
    if (expected == EXPECT_ANY || expected == version)
        return OK;
    if (expected == EXPECT_STREAM)
        return version > 0
                   ? OK
                   : error_set(error, ERR_WRONG_VERSION,
                               "stream %.*s does not exist, and was expected to", SLICE(stream));
    if (expected == EXPECT_NO_STREAM)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s exists, at version %lld, and was expected not to",
                         SLICE(stream), (long long)version);
    if (expected == EXPECT_NEVER)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s is at version %lld, and what was expected is no version",
                         SLICE(stream), (long long)version);
    return error_set(error, ERR_WRONG_VERSION, "stream %.*s is at version %lld, expected was %lld",
                     SLICE(stream), (long long)version, (long long)expected);
}
