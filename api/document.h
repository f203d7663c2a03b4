/* Text that is made once, kept in memory and given with an ETag: lists, documents, pages. */
#pragma once

#include "api/http_request.h"

struct document {
    struct text text;
    char etag[24];
};

/* After the text was written. */
void document_seal(struct document *document);
void document_finish(struct document *document);

/* Answers 200 with the text, or 304 (If-None-Match). */
void document_answer(struct http_request *request, const struct document *document,
                     const char *content_type);
