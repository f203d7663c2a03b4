/* Reading entity tags: W/"opaque" or "opaque", separated by commas. */
#include "api/precondition.h"

#include "write_model/command_request.h"

struct entity_tag {
    bool weak;
    struct slice opaque; /* without its quotes */
};

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* Reads one tag at *at and advances *at past it; false if *at does not begin with a tag. */
static bool take_tag(const char **at, struct entity_tag *ret)
{
    const char *start = skip_space(*at);
    ret->weak = strncmp(start, "W/", 2) == 0;
    if (ret->weak)
        start += 2;
    if (*start != '"')
        return false;
    const char *close = strchr(start + 1, '"');
    if (!close)
        return false;
    ret->opaque = (struct slice){start + 1, (size_t)(close - start) - 1};
    *at = skip_space(close + 1);
    return true;
}

/* Strong comparison: only the exact text of an ETag names a version, so not "03" or "-1". */
static int64_t version_of(const struct entity_tag *tag)
{
    int64_t version;
    if (tag->weak || tag->opaque.length == 0 || tag->opaque.at[0] < '1' ||
        tag->opaque.at[0] > '9' || !slice_read_int(tag->opaque, &version))
        return EXPECT_NEVER;
    return version;
}

static enum err read_if_match(const char *text, int64_t *ret_expected, struct error *error)
{
    struct entity_tag tag;
    const char *at = skip_space(text);
    if (at[0] == '*' && !skip_space(at + 1)[0]) {
        *ret_expected = EXPECT_STREAM;
        return OK;
    }
    if (!take_tag(&at, &tag))
        return error_set(error, ERR_BAD_REQUEST,
                         "If-Match must be * or an entity tag in quotes, such as \"3\"");
    if (*at == ',')
        return error_set(error, ERR_BAD_REQUEST,
                         "If-Match must have exactly one entity tag: a stream has one version");
    if (*at)
        return error_set(error, ERR_BAD_REQUEST, "If-Match has text after its entity tag");
    *ret_expected = version_of(&tag);
    return OK;
}

enum err precondition_read(const struct http_request *request, int64_t *ret_expected,
                           struct error *error)
{
    const char *match = http_request_header(request, HTTP_IF_MATCH);
    const char *none_match = http_request_header(request, HTTP_IF_NONE_MATCH);
    *ret_expected = EXPECT_ANY;
    if (match && none_match)
        return error_set(error, ERR_BAD_REQUEST, "If-Match and If-None-Match cannot be combined");
    if (match)
        return read_if_match(match, ret_expected, error);
    if (!none_match)
        return OK;
    none_match = skip_space(none_match);
    if (none_match[0] != '*' || skip_space(none_match + 1)[0])
        return error_set(error, ERR_BAD_REQUEST,
                         "If-None-Match of a write must be *: the stream must not exist");
    *ret_expected = EXPECT_NO_STREAM;
    return OK;
}

bool precondition_none_match_has(const struct http_request *request, const char *etag)
{
    const char *at = http_request_header(request, HTTP_IF_NONE_MATCH);
    struct entity_tag tag;
    if (!at)
        return false;
    at = skip_space(at);
    if (at[0] == '*')
        return !skip_space(at + 1)[0];
    struct slice opaque = {etag + 1, strlen(etag) - 2};
    while (take_tag(&at, &tag)) {
        if (slice_equal(tag.opaque, opaque))
            return true;
        if (*at++ != ',')
            break;
    }
    return false;
}
