/* Runs operations on a tree. A path leads to the objects that contain its last member; each kind of
 * operation is a function of such an object and the name of the member.
 */
#include "schema/catalogue/upcaster.h"

#include "base/json.h"
#include "schema/catalogue/upcaster_operation.h"
#include "schema/json_schema/json_value.h"

#include <math.h>

typedef enum err run_fn(const struct upcaster_operation *operation, json_t *object,
                        const char *name, struct error *error);

static enum err run_rename(const struct upcaster_operation *operation, json_t *object,
                           const char *name, struct error *error)
{
    (void)error;
    json_t *value = json_incref(json_object_get(object, name));
    if (!value)
        return OK;
    json_object_del(object, name);
    REQUIRE(json_object_set_new(object, operation->to.names[0], value) == 0);
    return OK;
}

/* The object that will contain the value, created if missing. NULL if a value of another type is there. */
static json_t *make_place(json_t *object, const struct upcaster_path *to)
{
    for (size_t i = 0; i + 1 < to->count && json_is_object(object); i++) {
        json_t *next = json_object_get(object, to->names[i]);
        if (!next || json_is_null(next)) {
            next = json_object();
            REQUIRE(json_object_set_new(object, to->names[i], next) == 0);
        }
        object = next;
    }
    return json_is_object(object) ? object : NULL;
}

/* The caller of upcaster_apply() holds `root`. */
static enum err put_value(const struct upcaster_operation *operation, json_t *root,
                          json_t *take_value, struct error *error)
{
    const struct upcaster_path *to = &operation->to;
    json_t *place = make_place(root, to);
    if (!place) {
        json_decref(take_value);
        return error_set(error, ERR_POISON,
                         "move %s: the target is in a value that is not an object",
                         operation->pointer);
    }
    REQUIRE(json_object_set_new(place, to->names[to->count - 1], take_value) == 0);
    return OK;
}

static enum err run_default(const struct upcaster_operation *operation, json_t *object,
                            const char *name, struct error *error)
{
    (void)error;
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        REQUIRE(json_object_set_new(object, name, json_deep_copy(operation->value)) == 0);
    return OK;
}

static enum err run_constant(const struct upcaster_operation *operation, json_t *object,
                             const char *name, struct error *error)
{
    (void)error;
    REQUIRE(json_object_set_new(object, name, json_deep_copy(operation->value)) == 0);
    return OK;
}

static enum err run_drop(const struct upcaster_operation *operation, json_t *object,
                         const char *name, struct error *error)
{
    (void)operation, (void)error;
    json_object_del(object, name);
    return OK;
}

static json_t *make_text(const json_t *value)
{
    AUTO(text) struct text text = {0};
    if (json_is_string(value))
        return json_incref((json_t *)value);
    if (!json_is_number(value))
        return NULL;
    json_write(value, &text);
    return json_stringn(text.at, text.length);
}

/* A whole number in the range of a 64-bit integer. */
static json_t *make_integer(const json_t *number)
{
    if (json_is_integer(number))
        return json_incref((json_t *)number);
    if (!json_value_is_integer(number) || fabs(json_real_value(number)) >= 0x1p63)
        return NULL;
    return json_integer((json_int_t)json_real_value(number));
}

static json_t *make_number(const json_t *value, bool integer)
{
    AUTO(json) json_t *number = NULL;
    if (json_is_number(value))
        number = json_incref((json_t *)value);
    else if (json_is_string(value) &&
             json_read((struct slice){json_string_value(value), json_string_length(value)}, &number,
                       NULL) != OK)
        return NULL;
    if (!json_is_number(number))
        return NULL;
    return integer ? make_integer(number) : json_incref(number);
}

static enum err run_convert(const struct upcaster_operation *operation, json_t *object,
                            const char *name, struct error *error)
{
    const json_t *value = json_object_get(object, name);
    if (!value || json_is_null(value))
        return OK;
    json_t *converted = operation->form == UPCASTER_TEXT
                            ? make_text(value)
                            : make_number(value, operation->form == UPCASTER_INTEGER);
    if (!converted)
        return error_set(error, ERR_POISON, "convert %s: the value cannot be converted",
                         operation->pointer);
    REQUIRE(json_object_set_new(object, name, converted) == 0);
    return OK;
}

static enum err run_at(const struct upcaster_operation *operation, run_fn *run, json_t *json,
                       size_t depth, struct error *error)
{
    const char *name = operation->path.names[depth];
    enum err err = OK;
    if (strcmp(name, UPCASTER_EACH) == 0) {
        for (size_t i = 0; i < json_array_size(json) && !err; i++)
            err = run_at(operation, run, json_array_get(json, i), depth + 1, error);
        return err;
    }
    if (!json_is_object(json))
        return OK;
    if (depth + 1 == operation->path.count)
        return run(operation, json, name, error);
    return run_at(operation, run, json_object_get(json, name), depth + 1, error);
}

/* The value is removed first, so that it can move below its old path. */
static enum err run_move(const struct upcaster_operation *operation, json_t *root,
                         struct error *error)
{
    const struct upcaster_path *path = &operation->path;
    json_t *from = root;
    for (size_t i = 0; i + 1 < path->count; i++)
        from = json_object_get(from, path->names[i]);
    json_t *value = json_incref(json_object_get(from, path->names[path->count - 1]));
    if (!value)
        return OK;
    json_object_del(from, path->names[path->count - 1]);
    return put_value(operation, root, value, error);
}

static enum err run_operation(const struct upcaster_operation *operation, json_t *data,
                              struct error *error)
{
    static run_fn *const runs[] = {
        [UPCASTER_RENAME] = run_rename,     [UPCASTER_DEFAULT] = run_default,
        [UPCASTER_CONSTANT] = run_constant, [UPCASTER_DROP] = run_drop,
        [UPCASTER_CONVERT] = run_convert,
    };
    if (operation->kind == UPCASTER_MOVE)
        return run_move(operation, data, error);
    return run_at(operation, runs[operation->kind], data, 0, error);
}

enum err upcaster_apply(const struct upcaster *upcaster, json_t *data, struct error *error)
{
    if (!json_is_object(data))
        return error_set(error, ERR_POISON, "the data is not an object");
    enum err err = OK;
    for (size_t i = 0; i < upcaster->count && !err; i++)
        err = run_operation(&upcaster->operations[i], data, error);
    return err ? error_add_context(error, err, "upcast to %s", upcaster->to) : OK;
}

const char *upcaster_to(const struct upcaster *upcaster)
{
    return upcaster->to;
}
