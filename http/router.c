/* Patterns are split into segments once, a path once per request. Tables are short, so the search is
 * linear. */
#include "http/router.h"

#include "base/encoding.h"
#include "base/id.h"
#include "base/utf8.h"
#include "http/http_answer.h"
#include "http/listen.h"
#include "http/media_type.h"

#define PATH_SHOWN    60 /* bytes of a path in an error */
#define SEGMENTS_MOST (HTTP_PATH_PARAMETERS_MOST + 1)

enum segment_kind { SEGMENT_LITERAL, SEGMENT_ID, SEGMENT_TEXT, SEGMENT_REST };

struct pattern {
    struct {
        enum segment_kind kind;
        struct slice text;
    } segment[SEGMENTS_MOST];
    size_t count;
};

struct table {
    const struct route *routes;
    struct pattern *patterns; /* one for each route */
    size_t count;
};

struct router {
    struct table own, others; /* empty without a neighbour */
    const struct neighbour *neighbour;
};

/* Splits the path after the leading '/' at each '/'; "/" alone has no segments. False if there are too
 * many. */
static bool split(struct slice path, struct slice out[SEGMENTS_MOST], size_t *ret_count)
{
    const char *at = path.at + 1, *end = path.at + path.length;
    *ret_count = 0;
    while (path.length > 1) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *behind = slash ? slash : end;
        if (*ret_count == SEGMENTS_MOST)
            return false;
        out[(*ret_count)++] = (struct slice){at, (size_t)(behind - at)};
        if (!slash)
            break;
        at = slash + 1;
    }
    return true;
}

static enum segment_kind kind_of(struct slice text)
{
    if (text.length < 2 || text.at[0] != '{')
        return SEGMENT_LITERAL;
    if (text.length > 5 && memcmp(text.at + text.length - 4, "...}", 4) == 0)
        return SEGMENT_REST;
    return slice_is(text, "{id}") || slice_is(text, "{category}") || slice_is(text, "{command}")
               ? SEGMENT_ID
               : SEGMENT_TEXT;
}

static void read_pattern(const char *text, struct pattern *pattern)
{
    struct slice segment[SEGMENTS_MOST];
    REQUIRE(split(slice_of(text), segment, &pattern->count));
    for (size_t i = 0; i < pattern->count; i++) {
        pattern->segment[i].text = segment[i];
        pattern->segment[i].kind = kind_of(segment[i]);
    }
}

static void read_table(const struct route *routes, struct table *table)
{
    table->routes = routes;
    while (routes[table->count].method)
        table->count++;
    table->patterns = calloc(table->count, sizeof *table->patterns);
    REQUIRE(table->patterns);
    for (size_t i = 0; i < table->count; i++)
        read_pattern(routes[i].pattern, &table->patterns[i]);
}

struct router *router_create(const struct route *routes, const struct neighbour *neighbour)
{
    struct router *router = calloc(1, sizeof *router);
    REQUIRE(router);
    read_table(routes, &router->own);
    router->neighbour = neighbour;
    if (neighbour)
        read_table(neighbour->routes, &router->others);
    return router;
}

void router_destroy(struct router *router)
{
    if (!router)
        return;
    free(router->own.patterns);
    free(router->others.patterns);
    free(router);
}

const struct route *router_routes(const struct router *router)
{
    return router->own.routes;
}

const struct neighbour *router_neighbour(const struct router *router)
{
    return router->neighbour;
}

bool neighbour_write_where(const struct neighbour *neighbour, struct text *out)
{
    static const char *const everywhere[] = {"0.0.0.0:", "[::]:"};
    if (!neighbour->address)
        return false;
    for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++) {
        size_t length = strlen(everywhere[i]);
        if (strncmp(neighbour->address, everywhere[i], length) == 0) {
            text_printf(out, "port %s", neighbour->address + length);
            return true;
        }
    }
    listen_write_url(neighbour->address, out);
    return true;
}

static bool fits(const struct pattern *pattern, const struct slice *segment, size_t count)
{
    bool rest = pattern->count && pattern->segment[pattern->count - 1].kind == SEGMENT_REST;
    if (rest ? count < pattern->count : count != pattern->count)
        return false;
    for (size_t i = 0; i < pattern->count; i++)
        if (pattern->segment[i].kind == SEGMENT_LITERAL &&
            !slice_equal(pattern->segment[i].text, segment[i]))
            return false;
    return true;
}

static bool serves(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* Most segments are unreserved characters only and need no decoding. */
static enum err decode(struct http_request *request, struct slice raw, enum segment_kind kind,
                       struct slice *ret, struct error *error)
{
    if (id_is_valid(raw)) {
        *ret = arena_copy(&request->arena, raw);
        return OK;
    }
    AUTO(text) struct text decoded = {0};
    if (!encoding_read_percent(raw, false, &decoded))
        return error_set(
            error, ERR_INVALID_ID,
            "a segment of the path is not valid percent-encoded UTF-8, or contains NUL");
    if (kind == SEGMENT_ID && !id_is_valid(text_slice(&decoded)))
        return error_set(error, ERR_INVALID_ID,
                         "a category, id or command must be 1 to 128 of A-Z a-z 0-9 . _ ~ -");
    *ret = arena_copy(&request->arena, text_slice(&decoded));
    return OK;
}

static enum err take_parameters(struct http_request *request, const struct pattern *pattern,
                                const struct slice *segment, size_t count, struct error *error)
{
    request->parameter_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t of = i < pattern->count ? i : pattern->count - 1;
        enum segment_kind kind = pattern->segment[of].kind;
        if (kind == SEGMENT_LITERAL)
            continue;
        enum err err = decode(request, segment[i], kind,
                              &request->parameter[request->parameter_count++], error);
        if (err)
            return err;
    }
    return OK;
}

static bool has_index(const struct router *router)
{
    for (size_t i = 0; i < router->own.count; i++)
        if (strcmp(router->own.routes[i].pattern, "/") == 0)
            return true;
    return false;
}

/* A server without an index has few routes, which the error lists. */
static enum err refuse_unknown(const struct router *router, const struct http_request *request,
                               struct error *error)
{
    AUTO(text) struct text paths = {0};
    struct slice path = utf8_cut(request->path, PATH_SHOWN);
    if (has_index(router))
        return error_set(error, ERR_NOT_FOUND, "no route \"%.*s\"; GET / lists the routes",
                         SLICE(path));
    for (size_t i = 0; i < router->own.count; i++)
        text_printf(&paths, "%s%s", i ? ", " : "", router->own.routes[i].pattern);
    return error_set(error, ERR_NOT_FOUND, "no route \"%.*s\"; this socket serves %s", SLICE(path),
                     paths.at);
}

/* No route here has this path; the other endpoint may have it. */
static enum err refuse_path(const struct router *router, const struct http_request *request,
                            const struct slice *segment, size_t count, struct error *error)
{
    for (size_t i = 0; i < router->others.count; i++) {
        AUTO(text) struct text where = {0};
        if (!fits(&router->others.patterns[i], segment, count))
            continue;
        bool known = neighbour_write_where(router->neighbour, &where);
        return error_set(error, ERR_NOT_FOUND, "%s is served by the %s%s%s",
                         router->others.routes[i].pattern, router->neighbour->name,
                         known ? ", " : "", known ? where.at : "");
    }
    return refuse_unknown(router, request, error);
}

/* No route matches path and method: reports which of the two is wrong. */
static enum err refuse(const struct router *router, struct http_request *request,
                       const struct slice *segment, size_t count, struct error *error)
{
    AUTO(text) struct text allow = {0};
    for (size_t i = 0; i < router->own.count; i++) {
        if (!fits(&router->own.patterns[i], segment, count))
            continue;
        const char *method = router->own.routes[i].method;
        text_printf(&allow, "%s%s%s", allow.length ? ", " : "", method,
                    strcmp(method, "GET") == 0 ? ", HEAD" : "");
    }
    if (!allow.length)
        return refuse_path(router, request, segment, count, error);
    request->answer.allow = http_request_string(request, text_slice(&allow));
    return error_set(error, ERR_METHOD_NOT_ALLOWED, "this path does not accept %s; use %s",
                     request->method, allow.at);
}

static enum err check_acceptable(const struct http_request *request, struct error *error)
{
    const char *accept = http_request_header(request, HTTP_ACCEPT);
    const char *produces = request->route->produces;
    if (!accept || !produces || media_type_accepts(accept, produces))
        return OK;
    return error_set(error, ERR_NOT_ACCEPTABLE, "the response is available only as %s", produces);
}

enum err router_match(const struct router *router, struct http_request *request,
                      struct error *error)
{
    struct slice segment[SEGMENTS_MOST];
    size_t count;
    if (request->path.length == 0 || request->path.at[0] != '/' ||
        !split(request->path, segment, &count))
        return refuse_unknown(router, request, error);
    const struct table *own = &router->own;
    for (size_t i = 0; i < own->count; i++) {
        if (!serves(&own->routes[i], request->method) || !fits(&own->patterns[i], segment, count))
            continue;
        request->route = &own->routes[i];
        enum err err = take_parameters(request, &own->patterns[i], segment, count, error);
        return err ? err : check_acceptable(request, error);
    }
    return refuse(router, request, segment, count, error);
}
