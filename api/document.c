/* A hash of the text is its ETag. */
#include "api/document.h"

#include "api/http_answer.h"
#include "api/precondition.h"
#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>

/* Pages have their style inside and need nothing else. */
#define PAGE_POLICY "default-src 'none'; style-src 'unsafe-inline'"

void document_seal(struct document *document)
{
    snprintf(document->etag, sizeof document->etag, "\"%016" PRIx64 "\"",
             hash_bytes(0, text_slice(&document->text)));
}

void document_finish(struct document *document)
{
    text_finish(&document->text);
}

void document_answer(struct http_request *request, const struct document *document,
                     const char *content_type)
{
    http_answer_header(request, "ETag", http_request_string(request, slice_of(document->etag)));
    http_answer_header(request, "Cache-Control", "no-cache");
    if (strncmp(content_type, HTTP_HTML, strlen(HTTP_HTML)) == 0)
        http_answer_header(request, "Content-Security-Policy", PAGE_POLICY);
    if (precondition_none_match_has(request, document->etag)) {
        http_answer(request, 304, NULL);
        return;
    }
    text_add_slice(&request->answer.body, text_slice(&document->text));
    http_answer(request, 200, content_type);
}
