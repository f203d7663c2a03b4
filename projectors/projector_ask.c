#include "projectors/projector_ask.h"

#include "base/json.h"
#include "http/control.h"

#define TIMEOUT_MS 2000

void projector_ask_role(const char *model, struct text *out)
{
    text_printf(out, "projector-%s", model);
}

static enum err call(const char *data_directory, const char *model, const char *path,
                     const json_t *body, json_t **ret_answer, struct error *error)
{
    AUTO(text) struct text role = {0};
    projector_ask_role(model, &role);
    return control_call(data_directory, role.at, "POST", path, body, TIMEOUT_MS, ret_answer, error);
}

enum err projector_ask_cutover(const char *data_directory, const char *model, int64_t number,
                               int64_t *ret_position, struct error *error)
{
    AUTO(json) json_t *body = json_pack("{s:I}", "generation", (json_int_t)number), *answer = NULL;
    enum err err = call(data_directory, model, "/cutover", body, &answer, error);
    if (!err)
        *ret_position = json_int_or(answer, "position", 0);
    return err;
}

enum err projector_ask_repair(const char *data_directory, const char *model, const char *path,
                              const json_t *body, struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    enum err err = call(data_directory, model, path, body, &answer, error);
    if (err || json_is_true(json_object_get(answer, "free")))
        return err;
    return error_set(error, ERR_POISON, "%s", json_string_or(answer, "reason", ""));
}

enum err projector_ask_prune(const char *data_directory, const char *model, struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    return call(data_directory, model, "/prune", NULL, &answer, error);
}
