/* The characters allowed are those that need no escaping in JSON, nor in a header. */
#include "api/message_id.h"

#include "base/id.h"

#define MESSAGE_ID_MOST 128

static enum err check(const struct http_request *request, enum http_header header,
                      struct error *error)
{
    const char *id = http_request_header(request, header);
    size_t length = 0;
    if (!id)
        return OK;
    while (id[length] > ' ' && id[length] < 0x7F && id[length] != '"' && id[length] != '\\')
        length++;
    if (length == 0 || length > MESSAGE_ID_MOST || id[length])
        return error_set(error, ERR_BAD_REQUEST,
                         "%s must be 1 to %d visible ASCII characters without \" and \\",
                         http_header_name(header), MESSAGE_ID_MOST);
    return OK;
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
