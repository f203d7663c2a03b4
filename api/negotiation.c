/* What is refused is told with what there is instead. */
#include "api/negotiation.h"

#include "api/media_type.h"

enum err negotiation_choose(const struct http_request *request, const char *const *types,
                            int *ret_chosen, struct error *error)
{
    *ret_chosen = media_type_choose(http_request_header(request, HTTP_ACCEPT), types);
    if (*ret_chosen >= 0)
        return OK;
    AUTO(text) struct text all = {0};
    for (size_t i = 0; types[i]; i++)
        text_printf(&all, "%s%s", i ? ", " : "", types[i]);
    return error_set(error, ERR_NOT_ACCEPTABLE, "this is to be had as %s", all.at);
}
