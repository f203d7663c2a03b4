/* What is refused is told with what there is instead. */
#include "http/negotiation.h"

#include "http/header_value.h"
#include "http/http_answer.h"
#include "http/media_type.h"

enum err negotiation_choose(struct http_request *request, const char *const *types, int *ret_chosen,
                            struct error *error)
{
    *ret_chosen = media_type_choose(http_request_header(request, HTTP_ACCEPT), types);
    if (*ret_chosen >= 0) {
        http_answer_header(request, "Vary", "Accept");
        return OK;
    }
    AUTO(text) struct text all = {0};
    for (size_t i = 0; types[i]; i++)
        text_printf(&all, "%s%s", i ? ", " : "", types[i]);
    return error_set(error, ERR_NOT_ACCEPTABLE, "this is to be had as %s", all.at);
}

bool negotiation_takes_coding(const struct http_request *request, const char *coding)
{
    const char *accept = http_request_header(request, HTTP_ACCEPT_ENCODING);
    if (!accept)
        return true;
    struct slice rest = slice_of(accept);
    bool any = false;
    while (rest.length) {
        struct slice parameters = header_value_take(&rest, ',');
        struct slice name = header_value_take(&parameters, ';');
        bool taken = header_value_quality(parameters) > 0;
        if (header_value_is(name, coding))
            return taken;
        if (header_value_is(name, "*"))
            any = taken;
    }
    return any;
}
