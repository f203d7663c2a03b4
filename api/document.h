/* Texts that are served with an ETag: lists and documents, written once and kept in memory, and pages. */
#pragma once

#include "http/http_request.h"

#define DOCUMENT_ETAG_BYTES 24

struct document {
    struct text text;
    char etag[DOCUMENT_ETAG_BYTES];
};

/* After the text has been written. */
void document_seal(struct document *document);
void document_finish(struct document *document);

/* Answers 200 with the text, or 304 (If-None-Match). */
void document_answer(struct http_request *request, const struct document *document,
                     const char *content_type);

/* The same for a text that is part of the program. If it is a page, it may use scripts, styles and answers
 * of this server. */
void document_answer_embedded(struct http_request *request, struct slice text,
                              const char *content_type);
