/* The request's parameters are decoded again for the Link, so that no request keeps them while it
 * waits. */
#include "api/page_cursor.h"

#include "base/encoding.h"
#include "http/http_answer.h"
#include "read_model/query/cursor.h"

enum err page_cursor_read(struct http_request *request, const struct query_string *query,
                          uint64_t asked, enum column_kind kind, struct column_value *ret,
                          struct error *error)
{
    const struct slice *cursor = query_string_value(query, "cursor");
    struct column_value *value;
    if (!cursor)
        return OK;
    enum err err = cursor_read(*cursor, asked, 1, &request->arena, &value, error);
    if (err)
        return err;
    /* A client can invent a cursor: a position or version is never negative. */
    if (value->kind != kind || (kind == COLUMN_INTEGER && value->integer < 0))
        return error_set(error, ERR_INVALID_CURSOR,
                         "cursor: malformed; omit it to start at the beginning");
    *ret = *value;
    return OK;
}

void page_cursor_write(struct http_request *request, uint64_t asked,
                       const struct column_value *value, struct text *out)
{
    AUTO(text) struct text cursor = {0};
    cursor_write(asked, value, 1, &cursor);
    text_add_slice(out, text_slice(&cursor));
    page_cursor_link(request, text_slice(&cursor));
}

void page_cursor_link(struct http_request *request, struct slice cursor)
{
    AUTO(text) struct text link = {0};
    struct query_string query;
    enum err err = query_string_read(request, &query, NULL);
    REQUIRE(!err); /* it was read before */
    text_printf(&link, "<%.*s?", SLICE(request->path));
    for (size_t i = 0; i < query.count; i++) {
        if (slice_is(query.parameter[i].name, "cursor"))
            continue;
        encoding_write_percent(query.parameter[i].name, &link);
        text_add_char(&link, '=');
        encoding_write_percent(query.parameter[i].value, &link);
        text_add_char(&link, '&');
    }
    text_add(&link, "cursor=");
    encoding_write_percent(cursor, &link);
    text_add(&link, ">; rel=\"next\"");
    http_answer_header(request, "Link", http_request_string(request, text_slice(&link)));
}
