/* The parts of a request that do not depend on the HTTP library. */
#include "http/http_request.h"

#include "http/header_value.h"
#include "telemetry/trace_context.h"

#include <strings.h>

#define KEPT_BYTES ((size_t)16 * 1024)

enum header_kind { SINGLE, LIST };

static const struct {
    struct slice name;
    enum header_kind kind;
} headers[] = {
#define HEADER(name, text, kind) {{text, sizeof text - 1}, kind},
#include "http/http_header.def"
#undef HEADER
};

const char *http_header_name(enum http_header header)
{
    return headers[header].name.at;
}

#define LIST_LINES_MOST 8 /* of a header that is a list */
#define LIST_BYTES_MOST 4096

static const char *joined(struct http_request *request, const char *first, const char *second)
{
    AUTO(text) struct text both = {0};
    text_printf(&both, "%s, %s", first, second);
    return http_request_string(request, text_slice(&both));
}

static enum err take_header(struct http_request *request, enum http_header header,
                            const char *value, struct error *error)
{
    const char *before = request->header[header];
    struct slice trimmed = header_value_trim(slice_of(value));
    if (trimmed.length < strlen(value))
        value = http_request_string(request, trimmed);
    if (before && headers[header].kind == SINGLE)
        return error_set(error, ERR_BAD_REQUEST, "duplicate header %s", http_header_name(header));
    /* Each joined value is a copy that lives as long as the request. */
    if (request->header_lines[header]++ == LIST_LINES_MOST ||
        (before && strlen(before) + strlen(value) > LIST_BYTES_MOST))
        return error_set(error, ERR_BAD_REQUEST,
                         "the header %s may occur on at most %d lines, with %d bytes in total",
                         http_header_name(header), LIST_LINES_MOST, LIST_BYTES_MOST);
    request->header[header] = before ? joined(request, before, value) : value;
    return OK;
}

enum err http_request_add_header(struct http_request *request, const char *name, const char *value,
                                 struct error *error)
{
    size_t length = strlen(name);
    for (enum http_header header = 0; header < HTTP_HEADER_COUNT; header++)
        if (headers[header].name.length == length &&
            strncasecmp(headers[header].name.at, name, length) == 0)
            return take_header(request, header, value ? value : "", error);
    return OK;
}

/* The part after "http://" or "https://"; NULL: the target is not absolute. */
static const char *behind_scheme(const char *target)
{
    if (strncasecmp(target, "http://", 7) == 0)
        return target + 7;
    return strncasecmp(target, "https://", 8) == 0 ? target + 8 : NULL;
}

void http_request_set_target(struct http_request *request, const char *target)
{
    const char *authority = behind_scheme(target);
    if (authority) {
        target = strchrnul(authority, '/');
        request->authority =
            arena_copy(&request->arena, (struct slice){authority, (size_t)(target - authority)});
        if (!target[0])
            target = "/";
    }
    struct slice all = arena_copy(&request->arena, slice_of(target));
    const char *mark = memchr(all.at, '?', all.length);
    request->has_query = mark;
    request->path = (struct slice){all.at, mark ? (size_t)(mark - all.at) : all.length};
    request->query = mark ? slice_of(mark + 1) : slice_of("");
}

const char *http_request_trace_id(struct http_request *request)
{
    if (!request->trace_id[0])
        trace_context_begin(request->header[HTTP_TRACEPARENT], request->trace_id);
    return request->trace_id;
}

const char *http_request_string(struct http_request *request, struct slice slice)
{
    return arena_copy(&request->arena, slice).at;
}

static void empty_text(struct text *text)
{
    if (text->capacity > KEPT_BYTES)
        text_finish(text);
    else
        text_clear(text);
}

void http_request_drop_body(struct http_request *request)
{
    empty_text(&request->body);
}

void http_request_reset(struct http_request *request)
{
    struct text body = request->body, answer = request->answer.body;
    struct arena arena = request->arena;
    void *context = request->context;
    empty_text(&body);
    empty_text(&answer);
    arena_clear(&arena);
    *request = (struct http_request){
        .body = body, .answer.body = answer, .arena = arena, .context = context};
}

void http_request_finish(struct http_request *request)
{
    text_finish(&request->body);
    text_finish(&request->answer.body);
    arena_finish(&request->arena);
}
