/* A mutex guards the document, which is copied into the answer. A hash of the definitions shows whether
 * the document is current. */

#include "api/document.h"
#include "api/openapi.h"
#include "api/query_context.h"
#include "api/query_string.h"
#include "api/start_page.h"
#include "base/hash.h"
#include "http/http_answer.h"

#include <pthread.h>

struct query_documents {
    const struct route *routes;
    struct openapi_subject subject;
    pthread_mutex_t mutex;
    uint64_t written_of; /* the definitions */
    struct document openapi;
};

struct query_documents *query_documents_open(const struct route *routes, struct read_side *side)
{
    struct query_documents *documents = calloc(1, sizeof *documents);
    REQUIRE(documents);
    documents->routes = routes;
    documents->subject.side = side;
    pthread_mutex_init(&documents->mutex, NULL);
    return documents;
}

void query_documents_close(struct query_documents *documents)
{
    if (!documents)
        return;
    document_finish(&documents->openapi);
    pthread_mutex_destroy(&documents->mutex);
    free(documents);
}

static void add_to_hash(void *context, const struct model *model)
{
    uint64_t *hash = context;
    *hash = hash_bytes(*hash, slice_of(model_name(model)));
    *hash = hash_bytes(*hash, model_text(model));
}

static void rewrite(struct query_documents *documents)
{
    text_clear(&documents->openapi.text);
    openapi_write(documents->routes, "queries.json", &documents->subject, &documents->openapi.text);
    document_seal(&documents->openapi);
}

/* If a definition changes in between, the hash differs at the next request. */
static void bring_up_to_date(struct query_documents *documents)
{
    uint64_t hash = 0;
    read_side_each_definition(documents->subject.side, add_to_hash, &hash);
    if (hash == documents->written_of && documents->openapi.text.length)
        return;
    rewrite(documents);
    documents->written_of = hash;
}

enum err query_documents_openapi(struct http_request *request, struct error *error)
{
    struct query_documents *documents = query_endpoint_of(request)->documents;
    enum err err = query_string_read_none(request, error);
    if (err)
        return err;
    pthread_mutex_lock(&documents->mutex);
    bring_up_to_date(documents);
    document_answer(request, &documents->openapi, HTTP_JSON);
    pthread_mutex_unlock(&documents->mutex);
    return OK;
}

/* Adds the path of the first table, if `path` is still empty. */
static void add_first_table(void *context, const struct model *model)
{
    struct text *path = context;
    size_t count;
    const struct model_table *tables = model_tables(model, &count);
    if (!path->length && count)
        text_printf(path, "/read/%s?limit=5&count=true", tables[0].name);
}

static void write_curl(struct http_request *request, int which, const char *base, struct text *out)
{
    AUTO(text) struct text target = {0}, path = {0};
    if (which == 0)
        read_side_each_definition(query_endpoint_of(request)->options.side, add_first_table, &path);
    else
        text_add(&path, which == 1 ? "/read" : "/query");
    text_printf(&target, "%s%s", base, path.length ? path.at : "/readyz");
    start_page_quote(target.at, out);
}

enum err query_documents_index(struct http_request *request, struct error *error)
{
    const struct start_page page = {
        .title = "annal: query endpoint",
        .what = "This endpoint serves the read models: rows, lists and named queries.",
        .address = http_server_address(query_endpoint_of(request)->server),
        .write_curl = write_curl,
    };
    return start_page_answer(request, &page, error);
}
