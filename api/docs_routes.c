/* Large files are stored and sent compressed only: browsers accept that, and the program stays small. */
#include "api/docs_routes.h"

#include "api/document.h"
#include "api/query_string.h"
#include "base/embedded.h"
#include "http/header_value.h"
#include "http/http_answer.h"

extern const struct embedded_file viewer_files[];

static const struct docs_file {
    const char *name, *content_type;
    const char *compressed; /* its name in viewer_files; NULL: the same */
} files[] = {
    {"swagger-ui-bundle.js", "text/javascript; charset=utf-8", "swagger-ui-bundle.js.gz"},
    {"swagger-ui.css", "text/css; charset=utf-8", "swagger-ui.css.gz"},
    {"viewer.js", "text/javascript; charset=utf-8", NULL},
    {"viewer.css", "text/css; charset=utf-8", NULL},
    {"LICENSE", "text/plain; charset=utf-8", NULL},
    {"swagger-ui-bundle.js.LICENSE.txt", "text/plain; charset=utf-8", NULL},
    {"NOTICE", "text/plain; charset=utf-8", NULL},
    {NULL, NULL, NULL},
};

enum err docs_routes_page(struct http_request *request, struct error *error)
{
    enum err err = query_string_read_none(request, error);
    if (!err)
        document_answer_embedded(request, embedded_text(viewer_files, "docs.html"), HTTP_HTML_UTF8);
    return err;
}

/* The file of this name, if the program was built with it. */
static enum err find_file(const struct http_request *request, const struct docs_file **ret_file,
                          const struct embedded_file **ret_embedded, struct error *error)
{
    const struct docs_file *file = files;
    while (file->name && !slice_is(request->parameter[0], file->name))
        file++;
    *ret_embedded =
        file->name ? embedded_find(viewer_files, file->compressed ? file->compressed : file->name)
                   : NULL;
    *ret_file = file;
    return *ret_embedded
               ? OK
               : error_set(error, ERR_NOT_FOUND, "the viewer at /docs has no file of this name");
}

static enum err choose_coding(struct http_request *request, struct error *error)
{
    if (!header_value_accepts(http_request_header(request, HTTP_ACCEPT_ENCODING), "gzip"))
        return error_set(error, ERR_NOT_ACCEPTABLE,
                         "the file is available only with Content-Encoding gzip; accept it");
    http_answer_header(request, "Content-Encoding", "gzip");
    http_answer_header(request, "Vary", "Accept-Encoding");
    return OK;
}

enum err docs_routes_file(struct http_request *request, struct error *error)
{
    const struct docs_file *file;
    const struct embedded_file *embedded;
    enum err err = query_string_read_none(request, error);
    if (!err)
        err = find_file(request, &file, &embedded, error);
    if (!err && file->compressed)
        err = choose_coding(request, error);
    if (!err)
        document_answer_embedded(request, embedded->text, file->content_type);
    return err;
}
