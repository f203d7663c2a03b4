/* GET / of an endpoint: its routes as JSON, or a page for a browser: what the endpoint is, its routes,
 * three commands to copy, and the address of the other endpoint. */
#pragma once

#include "http/http_request.h"
#include "http/router.h"

struct start_page {
    const char *title, *what; /* its heading, and a sentence */
    const char *address;      /* the address of the endpoint, for requests without Host */
    /* Adds the arguments of the `curl` command number `which` of three; `base` is the endpoint's URL. */
    void (*write_curl)(struct http_request *request, int which, const char *base, struct text *out);
};

#define START_PAGE_CURLS 3

MUST_CHECK enum err start_page_answer(struct http_request *request, const struct start_page *page,
                                      struct error *error);

/* Adds the sentence on the other endpoint. Its address is a link only if a browser that uses `host` for
 * this endpoint can open it. */
void start_page_write_neighbour(const struct neighbour *neighbour, const char *host,
                                struct text *out);

/* Adds 'text' as one word of a POSIX shell. */
void start_page_quote(const char *text, struct text *out);
