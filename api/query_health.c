/* GET /readyz of the query endpoint: does every read model have a file to read from? */
#include "api/query_endpoint_private.h"
#include "api/readiness.h"

#include <stdio.h>

enum err query_health_ready(struct http_request *request, struct error *error)
{
    (void)error;
    struct read_side *side = query_endpoint_of(request)->options.side;
    const struct models *models = read_side_models(side);
    struct readiness readiness = {.request = request};
    for (size_t i = 0; i < models_count(models); i++) {
        int64_t position = 0;
        struct error why = {0};
        enum err err = read_side_position(side, models_at(models, i), &position, &why);
        bool lost = !err && position == 0 && read_side_has_shown(side, models_at(models, i));
        if (lost)
            snprintf(why.text, sizeof why.text,
                     "its files were removed or moved, or are behind what was shown");
        else if (!err)
            snprintf(why.text, sizeof why.text, "at position %lld", (long long)position);
        readiness_add(&readiness, model_name(models_at(models, i)), !err && !lost, why.text);
    }
    readiness_answer(&readiness);
    return OK;
}
