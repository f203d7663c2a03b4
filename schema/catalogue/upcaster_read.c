/* Reads an upcaster strictly: an unknown member is an error, and so is a path that cannot match. A
 * table lists the operations: each with its name, its other member and the reader of that. */
#include "schema/catalogue/upcaster_operation.h"

#include "base/json.h"
#include "schema/json_schema/json_pointer.h"

struct reading {
    struct upcaster *upcaster;
    struct upcaster_operation *operation;
    const char *name; /* of the operation */
    struct error *error;
};

static enum err refuse(const struct reading *reading, const char *why)
{
    return error_set(reading->error, ERR_DEFINITION, "\"%s\": %s", reading->name, why);
}

static enum err read_path(struct reading *reading, const json_t *value, struct upcaster_path *path)
{
    struct arena *arena = &reading->upcaster->arena;
    const char *pointer = json_is_string(value) ? json_string_value(value) : "";
    if (strlen(pointer) < 2 || pointer[0] != '/')
        return refuse(reading, "a path must be a JSON Pointer to a member, like \"/address/city\"");
    path->names = arena_allocate(arena, (strlen(pointer) + 1) * sizeof *path->names);
    char *rest = (char *)arena_copy(arena, slice_of(pointer + 1)).at;
    while (rest)
        path->names[path->count++] = json_pointer_take(&rest);
    if (strcmp(path->names[path->count - 1], UPCASTER_EACH) == 0)
        return refuse(reading,
                      "a path must end with the name of a member, not with " UPCASTER_EACH);
    return OK;
}

static enum err read_new_name(struct reading *reading, const json_t *value)
{
    if (!json_is_string(value) || strchr(json_string_value(value), '/'))
        return refuse(reading, "\"to\" must be the member's new name, without a slash");
    struct upcaster_path *to = &reading->operation->to;
    to->names = arena_allocate(&reading->upcaster->arena, sizeof *to->names);
    to->names[to->count++] = json_string_value(value);
    return OK;
}

static bool has_each(const struct upcaster_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (strcmp(path->names[i], UPCASTER_EACH) == 0)
            return true;
    return false;
}

static enum err read_new_place(struct reading *reading, const json_t *value)
{
    struct upcaster_operation *operation = reading->operation;
    enum err err = read_path(reading, value, &operation->to);
    if (!err && (has_each(&operation->path) || has_each(&operation->to)))
        err = refuse(reading, "it moves one value, so a path has no " UPCASTER_EACH);
    return err;
}

static enum err read_form(struct reading *reading, const json_t *value)
{
    static const char *const forms[] = {
        [UPCASTER_NUMBER] = "number", [UPCASTER_INTEGER] = "integer", [UPCASTER_TEXT] = "text"};
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i], name) == 0) {
            reading->operation->form = (enum upcaster_form)i;
            return OK;
        }
    return refuse(reading, "\"to\" must be number, integer or text");
}

static enum err read_value(struct reading *reading, const json_t *value)
{
    reading->operation->value = value;
    return OK;
}

static const struct {
    const char *name, *other; /* NULL: it has no other member */
    enum err (*read_other)(struct reading *reading, const json_t *value);
} kinds[] = {
    [UPCASTER_RENAME] = {"rename", "to", read_new_name},
    [UPCASTER_MOVE] = {"move", "to", read_new_place},
    [UPCASTER_DEFAULT] = {"default", "value", read_value},
    [UPCASTER_CONSTANT] = {"constant", "value", read_value},
    [UPCASTER_DROP] = {"drop", NULL, NULL},
    [UPCASTER_CONVERT] = {"convert", "to", read_form},
};

#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static enum err read_kind(struct reading *reading, const json_t *json, size_t kind)
{
    const char *other = kinds[kind].other;
    const json_t *path = json_object_get(json, kinds[kind].name);
    const json_t *value = other ? json_object_get(json, other) : NULL;
    reading->name = kinds[kind].name;
    reading->operation->kind = (enum upcaster_kind)kind;
    if (json_object_size(json) != (other ? 2 : 1) || (other && !value))
        return error_set(reading->error, ERR_DEFINITION, "\"%s\" takes a path%s%s%s", reading->name,
                         other ? " and \"" : " and nothing else", other ? other : "",
                         other ? "\"" : "");
    enum err err = read_path(reading, path, &reading->operation->path);
    if (err)
        return err;
    reading->operation->pointer = json_string_value(path);
    return other ? kinds[kind].read_other(reading, value) : OK;
}

static enum err read_operation(struct reading *reading, const json_t *json)
{
    for (size_t kind = 0; kind < KIND_COUNT; kind++)
        if (json_object_get(json, kinds[kind].name))
            return read_kind(reading, json, kind);
    return error_set(reading->error, ERR_DEFINITION,
                     "an operation must be rename, move, default, constant, drop or convert");
}

static enum err read_operations(struct upcaster *upcaster, const json_t *list, struct error *error)
{
    if (!json_is_array(list))
        return error_set(error, ERR_DEFINITION, "\"operations\" must be an array");
    size_t count = json_array_size(list);
    upcaster->operations =
        arena_allocate(&upcaster->arena, (count + 1) * sizeof *upcaster->operations);
    memset(upcaster->operations, 0, count * sizeof *upcaster->operations);
    for (size_t i = 0; i < count; i++) {
        struct reading reading = {upcaster, &upcaster->operations[i], NULL, error};
        enum err err = read_operation(&reading, json_array_get(list, i));
        if (err)
            return error_add_context(error, err, "operations/%zu", i);
        upcaster->count++;
    }
    return OK;
}

static enum err read_members(struct upcaster *upcaster, struct error *error)
{
    const char *name;
    json_t *value;
    if (!json_is_object(upcaster->document))
        return error_set(error, ERR_DEFINITION, "an upcaster must be an object");
    json_object_foreach (upcaster->document, name, value)
        if (strcmp(name, "to") != 0 && strcmp(name, "operations") != 0 &&
            strcmp(name, "description") != 0)
            return error_set(error, ERR_DEFINITION,
                             "unknown member \"%.100s\"; an upcaster has to, operations and "
                             "description",
                             name);
    upcaster->to = json_string_value(json_object_get(upcaster->document, "to"));
    if (!upcaster->to)
        return error_set(error, ERR_DEFINITION, "\"to\" must be an event type");
    return read_operations(upcaster, json_object_get(upcaster->document, "operations"), error);
}

enum err upcaster_read(struct slice text, struct upcaster **ret_upcaster, struct error *error)
{
    AUTO(upcaster) struct upcaster *upcaster = calloc(1, sizeof *upcaster);
    REQUIRE(upcaster);
    enum err err = json_read(text, &upcaster->document, error);
    if (!err)
        err = read_members(upcaster, error);
    if (err)
        return error_add_context(error, ERR_DEFINITION, "the upcaster");
    *ret_upcaster = upcaster;
    upcaster = NULL;
    return OK;
}

void upcaster_destroy(struct upcaster *upcaster)
{
    if (!upcaster)
        return;
    json_decref(upcaster->document);
    arena_finish(&upcaster->arena);
    free(upcaster);
}
