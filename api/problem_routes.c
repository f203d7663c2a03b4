/* The documents are small, so each is written on request. */
#include "api/problem_routes.h"

#include "api/document.h"
#include "api/html.h"
#include "api/query_string.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "http/http_answer.h"
#include "http/media_type.h"
#include "http/problem.h"

enum form { FORM_JSON, FORM_PAGE };
static const char *const types[] = {HTTP_JSON, HTTP_HTML, NULL};

static enum err choose(struct http_request *request, enum form *ret_form, struct error *error)
{
    int chosen = 0;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = media_type_negotiate(request, types, &chosen, error);
    *ret_form = (enum form)chosen;
    return err;
}

static void answer(struct http_request *request, struct document *document, enum form form)
{
    document_seal(document);
    document_answer(request, document, form == FORM_PAGE ? HTTP_HTML_UTF8 : HTTP_JSON);
    document_finish(document);
}

static void write_json(enum err code, struct text *out)
{
    json_text_begin(out, NULL, '{');
    json_text_format(out, "type", PROBLEM_TYPE_PREFIX "%s", error_slug(code));
    json_text_string(out, "title", slice_of(error_title(code)));
    json_text_int(out, "status", error_http_status(code));
    json_text_string(out, "meaning", slice_of(problem_meaning(code)));
    json_text_string(out, "action", slice_of(problem_action(code)));
    text_add_char(out, '}');
}

/* Text between a pair of ` is code. */
static void write_text(const char *element, const char *text, struct text *out)
{
    bool is_code = false;
    text_printf(out, "<%s>", element);
    for (;;) {
        size_t length = strcspn(text, "`");
        html_add(out, (struct slice){text, length});
        if (!text[length])
            break;
        is_code = !is_code;
        text_add(out, is_code ? "<code>" : "</code>");
        text += length + 1;
    }
    text_printf(out, "</%s>\n", element);
}

static void write_page(enum err code, struct text *out)
{
    AUTO(text) struct text status = {0};
    text_printf(&status, "Status %d, type /problems/%s", error_http_status(code), error_slug(code));
    html_begin(out, error_title(code));
    html_element(out, "p", status.at);
    html_element(out, "h2", "Meaning");
    write_text("p", problem_meaning(code), out);
    html_element(out, "h2", "What to do");
    write_text("p", problem_action(code), out);
    text_add(out, "<p>");
    html_link(out, "/problems", "All problems");
    text_add(out, "</p>\n");
    html_end(out);
}

static enum err refuse_name(struct slice name, struct error *error)
{
    const char *slugs[ERR_INTERNAL];
    for (enum err code = 1; code <= ERR_INTERNAL; code++)
        slugs[code - 1] = error_slug(code);
    const char *nearest = slice_nearest(name, slugs, ERR_INTERNAL);
    return error_set(error, ERR_NOT_FOUND,
                     "problem \"%.*s\" not found%s%s%s; GET /problems lists all",
                     SLICE(utf8_cut(name, 60)), nearest ? " (did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"?)" : "");
}

enum err problem_routes_one(struct http_request *request, struct error *error)
{
    struct document document = {0};
    enum form form;
    enum err err = choose(request, &form, error);
    if (err)
        return err;
    enum err code = problem_find(request->parameter[0]);
    if (!code)
        return refuse_name(request->parameter[0], error);
    if (form == FORM_PAGE)
        write_page(code, &document.text);
    else
        write_json(code, &document.text);
    answer(request, &document, form);
    return OK;
}

static void write_row(enum err code, struct text *out)
{
    AUTO(text) struct text target = {0}, status = {0};
    text_printf(&target, "/problems/%s", error_slug(code));
    text_printf(&status, "%d", error_http_status(code));
    text_add(out, "<tr><td>");
    html_link(out, target.at, error_slug(code));
    text_add(out, "</td>");
    html_element(out, "td", status.at);
    write_text("td", problem_meaning(code), out);
    text_add(out, "</tr>\n");
}

enum err problem_routes_list(struct http_request *request, struct error *error)
{
    static const char *const head[] = {"problem", "status", "meaning", NULL};
    struct document document = {0};
    enum form form;
    enum err err = choose(request, &form, error);
    if (err)
        return err;
    if (form == FORM_PAGE) {
        html_begin(&document.text, "Problems");
        html_table_begin(&document.text, head);
        for (enum err code = 1; code <= ERR_INTERNAL; code++)
            write_row(code, &document.text);
        html_table_end(&document.text);
        html_end(&document.text);
    } else {
        text_add_char(&document.text, '{');
        json_text_begin(&document.text, "problems", '[');
        for (enum err code = 1; code <= ERR_INTERNAL; code++)
            write_json(code, &document.text);
        text_add(&document.text, "]}");
    }
    answer(request, &document, form);
    return OK;
}
