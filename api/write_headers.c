#include "api/write_headers.h"

#include "api/precondition.h"
#include "base/id.h"
#include "http/idempotency_key.h"

static enum err check_id(const struct http_request *request, enum http_header header,
                         struct error *error)
{
    const char *id = http_request_header(request, header);
    if (!id || id_can_travel(slice_of(id)))
        return OK;
    return error_set(error, ERR_BAD_REQUEST,
                     "%s must be 1 to 128 visible ASCII characters without \" and \\",
                     http_header_name(header));
}

static enum err read_ids(struct http_request *request, struct write_headers *ret,
                         struct error *error)
{
    ret->correlation = http_request_header(request, HTTP_CORRELATION_ID);
    ret->causation = http_request_header(request, HTTP_CAUSATION_ID);
    enum err err = check_id(request, HTTP_CORRELATION_ID, error);
    if (!err)
        err = check_id(request, HTTP_CAUSATION_ID, error);
    if (err || (ret->correlation && ret->causation))
        return err;
    char *made = arena_allocate(&request->arena, ID_UUID_BYTES);
    id_make(made);
    ret->correlation = ret->correlation ? ret->correlation : made;
    ret->causation = ret->causation ? ret->causation : made;
    return OK;
}

enum err write_headers_read(struct http_request *request, struct write_headers *ret,
                            struct error *error)
{
    enum err err = precondition_read(request, &ret->expected_version, error);
    if (!err)
        err = idempotency_key_read(request, &ret->idempotency_key, error);
    if (!err)
        err = read_ids(request, ret, error);
    trace_context_continue(http_request_header(request, HTTP_TRACEPARENT),
                           http_request_trace_id(request), ret->traceparent);
    return err;
}

enum err write_headers_read_of_batch(struct http_request *request, struct write_headers *ret,
                                     struct error *error)
{
    static const struct {
        enum http_header header;
        const char *member;
    } own[] = {{HTTP_IDEMPOTENCY_KEY, "idempotencyKey"},
               {HTTP_IF_MATCH, "expectedVersion"},
               {HTTP_IF_NONE_MATCH, "expectedVersion"}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (http_request_header(request, own[i].header))
            return error_set(
                error, ERR_BAD_REQUEST,
                "%s does not apply to a batch of commands; give each command its \"%s\"",
                http_header_name(own[i].header), own[i].member);
    return write_headers_read(request, ret, error);
}
