
#include "write_model/event_data.h"

#include "base/json.h"

enum err event_data_text(const json_t *data, const char *member, const char **ret_text,
                         struct error *error)
{
    const json_t *value = json_object_get(data, member);
    if (!json_is_string(value))
        return error_set(error, ERR_CORRUPT, "%s is missing or not a string", member);
    *ret_text = json_string_value(value);
    return OK;
}

enum err event_data_int(const json_t *data, const char *member, int64_t least, int64_t most,
                        int64_t *ret_number, struct error *error)
{
    const json_t *value = json_object_get(data, member);
    int64_t number;
    if (!json_read_int(value, &number))
        return error_set(error, ERR_CORRUPT, "%s is missing or not an integer", member);
    if (number < least || number > most)
        return error_set(error, ERR_CORRUPT, "%s is %lld, out of bounds", member,
                         (long long)number);
    *ret_number = number;
    return OK;
}
