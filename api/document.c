/* A hash of the text is its ETag. */
#include "api/document.h"

#include "api/precondition.h"
#include "base/hash.h"
#include "http/http_answer.h"

#include <inttypes.h>
#include <stdio.h>

#define NEVER_FRAMED   "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Pages of annal contain their style and load nothing. */
#define WRITTEN_POLICY "default-src 'none'; style-src 'unsafe-inline'; img-src data:" NEVER_FRAMED

/* The style sheet of the viewer contains its icons. */
#define VIEWER_POLICY                                                                              \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "                     \
    "connect-src 'self'; object-src 'none'" NEVER_FRAMED

static void make_etag(struct slice text, char etag[DOCUMENT_ETAG_BYTES])
{
    snprintf(etag, DOCUMENT_ETAG_BYTES, "\"%016" PRIx64 "\"", hash_bytes(0, text));
}

void document_seal(struct document *document)
{
    make_etag(text_slice(&document->text), document->etag);
}

void document_finish(struct document *document)
{
    text_finish(&document->text);
}

/* `policy` is that of pages. */
static void answer(struct http_request *request, struct slice text, const char *etag,
                   const char *content_type, const char *policy)
{
    http_answer_header(request, "ETag", http_request_string(request, slice_of(etag)));
    http_answer_header(request, "Cache-Control", "no-cache");
    http_answer_header(request, "X-Content-Type-Options", "nosniff");
    if (strncmp(content_type, HTTP_HTML, strlen(HTTP_HTML)) == 0)
        http_answer_header(request, "Content-Security-Policy", policy);
    text_add_slice(&request->answer.body, text);
    http_answer(request, 200, content_type);
    if (precondition_none_match_has(request, etag))
        http_answer(request, 304, NULL);
}

void document_answer(struct http_request *request, const struct document *document,
                     const char *content_type)
{
    answer(request, text_slice(&document->text), document->etag, content_type, WRITTEN_POLICY);
}

void document_answer_embedded(struct http_request *request, struct slice text,
                              const char *content_type)
{
    char etag[DOCUMENT_ETAG_BYTES];
    make_etag(text, etag);
    answer(request, text, etag, content_type, VIEWER_POLICY);
}
