/* The page shows the address that the client used, so that its commands work when they are copied. A
 * Host with characters that no address has is not repeated. */
#include "api/start_page.h"

#include "api/document.h"
#include "api/html.h"
#include "api/query_string.h"
#include "base/json_text.h"
#include "http/http_answer.h"
#include "http/http_server.h"
#include "http/listen.h"
#include "http/media_type.h"

void start_page_quote(const char *text, struct text *out)
{
    text_add_char(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            text_add(out, "'\\''");
        else
            text_add_char(out, *text);
    text_add_char(out, '\'');
}

static const char *host_of(const struct http_request *request, const char *address)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_:[]";
    const char *host = http_request_header(request, HTTP_HOST);
    return host && host[0] && strspn(host, allowed) == strlen(host) ? host : address;
}

static bool is_listed(const struct route *route)
{
    return route->operation;
}

static void write_index(const struct route *route, struct text *out)
{
    text_add_char(out, '{');
    json_text_begin(out, "links", '[');
    for (; route->method; route++) {
        if (!is_listed(route))
            continue;
        json_text_begin(out, NULL, '{');
        json_text_string(out, "method", slice_of(route->method));
        json_text_string(out, "path", slice_of(route->pattern));
        json_text_string(out, "summary", slice_of(route->summary));
        text_add_char(out, '}');
    }
    text_add(out, "]}");
}

/* A path without parameters is a link. */
static void write_routes(const struct route *route, struct text *out)
{
    static const char *const head[] = {"path", "method", "", NULL};
    html_element(out, "h2", "Routes");
    html_table_begin(out, head);
    for (; route->method; route++) {
        if (!is_listed(route))
            continue;
        bool leads = strcmp(route->method, "GET") == 0 && !strchr(route->pattern, '{');
        text_add(out, "<tr><td>");
        if (leads)
            html_link(out, route->pattern, route->pattern);
        else
            html_add(out, slice_of(route->pattern));
        text_add(out, "</td>");
        html_element(out, "td", route->method);
        html_element(out, "td", route->summary);
        text_add(out, "</tr>\n");
    }
    html_table_end(out);
}

static void write_curls(struct http_request *request, const struct start_page *page,
                        struct text *out)
{
    AUTO(text) struct text base = {0}, lines = {0};
    listen_write_url(host_of(request, page->address), &base);
    for (int i = 0; i < START_PAGE_CURLS; i++) {
        text_add(&lines, i ? "\ncurl " : "curl ");
        page->write_curl(request, i, base.at, &lines);
    }
    html_element(out, "h2", "Try it");
    html_element(out, "pre", lines.at);
}

/* "127.0.0.1:8080", with or without the port. */
static bool is_local(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 ||
           strncmp(host, "localhost", 9) == 0;
}

void start_page_write_neighbour(const struct neighbour *neighbour, const char *host,
                                struct text *out)
{
    AUTO(text) struct text where = {0};
    text_printf(out, "<p>The %s", neighbour->name);
    if (!neighbour_write_where(neighbour, &where)) {
        text_add(out, " has another address, which this endpoint does not know.</p>\n");
        return;
    }
    bool on_all = strncmp(where.at, "http", 4) != 0, local = is_local(neighbour->address);
    text_add(out, " has another address: ");
    if (on_all || (local && !is_local(host)))
        html_add(out, text_slice(&where));
    else
        html_link(out, where.at, where.at);
    text_add(out, local && !is_local(host) ? ", which only the server itself can reach.</p>\n"
                                           : ".</p>\n");
}

static void write_page(struct http_request *request, const struct start_page *page,
                       const struct router *router, struct text *out)
{
    html_begin(out, page->title);
    html_element(out, "p", page->what);
    text_add(out, "<p>");
    html_link(out, "/docs", "All operations, with a form to try each");
    text_add(out, "</p>\n");
    if (router_neighbour(router))
        start_page_write_neighbour(router_neighbour(router), host_of(request, page->address), out);
    write_curls(request, page, out);
    write_routes(router_routes(router), out);
    html_end(out);
}

enum err start_page_answer(struct http_request *request, const struct start_page *page,
                           struct error *error)
{
    static const char *const types[] = {HTTP_JSON, HTTP_HTML, NULL};
    const struct router *router = http_server_router(request);
    struct document document = {0};
    int chosen;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = media_type_negotiate(request, types, &chosen, error);
    if (err)
        return err;
    if (chosen == 0)
        write_index(router_routes(router), &document.text);
    else
        write_page(request, page, router, &document.text);
    document_seal(&document);
    document_answer(request, &document, chosen == 0 ? HTTP_JSON : HTTP_HTML_UTF8);
    document_finish(&document);
    return OK;
}
