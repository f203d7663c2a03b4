#include "api/message_id.h"

#include "base/id.h"

static enum err check(const struct http_request *request, enum http_header header,
                      struct error *error)
{
    const char *id = http_request_header(request, header);
    if (!id || id_can_travel(slice_of(id)))
        return OK;
    return error_set(error, ERR_BAD_REQUEST,
                     "%s must be 1 to 128 visible ASCII characters without \" and \\",
                     http_header_name(header));
}

enum err message_id_read(struct http_request *request, struct message_ids *ret, struct error *error)
{
    ret->correlation = http_request_header(request, HTTP_CORRELATION_ID);
    ret->causation = http_request_header(request, HTTP_CAUSATION_ID);
    enum err err = check(request, HTTP_CORRELATION_ID, error);
    if (!err)
        err = check(request, HTTP_CAUSATION_ID, error);
    if (err || (ret->correlation && ret->causation))
        return err;
    char *made = arena_allocate(&request->arena, ID_UUID_BYTES);
    id_make(made);
    ret->correlation = ret->correlation ? ret->correlation : made;
    ret->causation = ret->causation ? ret->causation : made;
    return OK;
}
