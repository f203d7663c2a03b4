/* Reads only properties, items, $ref, and the branches of allOf, anyOf, oneOf, then and else, any
 * of which may add a member. */
#include "read_model/definition/field_schema.h"

#define DEEPEST 16

enum found { FOUND_NOT, FOUND_OPEN, FOUND_HERE };

/* "#/$defs/address" → that node; NULL if it leads nowhere. Escapes of JSON Pointer are not used in
 * names of definitions here; a reference with one leaves the node open. */
static const json_t *resolve(const json_t *root, const char *reference)
{
    if (reference[0] != '#' || (reference[1] && reference[1] != '/'))
        return NULL;
    const json_t *at = root;
    const char *step = reference + 1;
    while (*step == '/' && at) {
        size_t length = strcspn(step + 1, "/");
        at = json_object_getn(at, step + 1, length);
        step += 1 + length;
    }
    return at;
}

static enum found find_member(const json_t *root, const json_t *at, struct slice name, int depth,
                              const json_t **ret_at, struct field_names *names);

static enum found better(enum found a, enum found b)
{
    return a > b ? a : b;
}

static enum found find_in_branches(const json_t *root, const json_t *at, struct slice name,
                                   int depth, const json_t **ret_at, struct field_names *names)
{
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
    static const char *const single[] = {"then", "else"};
    enum found found = FOUND_NOT;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const json_t *branches = json_object_get(at, lists[i]), *branch;
        size_t index;
        json_array_foreach (branches, index, branch)
            if (found != FOUND_HERE)
                found = better(found, find_member(root, branch, name, depth, ret_at, names));
    }
    for (size_t i = 0; i < sizeof single / sizeof *single && found != FOUND_HERE; i++) {
        const json_t *branch = json_object_get(at, single[i]);
        if (branch)
            found = better(found, find_member(root, branch, name, depth, ret_at, names));
    }
    const char *reference = json_string_value(json_object_get(at, "$ref"));
    if (reference && found != FOUND_HERE)
        found =
            better(found, find_member(root, resolve(root, reference), name, depth, ret_at, names));
    return found;
}

static void add_names(const json_t *properties, struct field_names *names)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)properties, name, value)
        if (names->count < FIELD_NAMES_MOST)
            names->name[names->count++] = name;
}

/* True if the schema itself allows members other than its properties. */
static bool is_open(const json_t *at)
{
    const json_t *additional = json_object_get(at, "additionalProperties");
    return (additional && !json_is_false(additional)) || json_object_get(at, "patternProperties");
}

/* False if the schema says that the value is not an object, or is an object without members. */
static bool may_have_members(const json_t *at)
{
    const char *type = json_string_value(json_object_get(at, "type"));
    return (!type || strcmp(type, "object") == 0) &&
           !json_is_false(json_object_get(at, "additionalProperties"));
}

static enum found find_member(const json_t *root, const json_t *at, struct slice name, int depth,
                              const json_t **ret_at, struct field_names *names)
{
    if (!json_is_object(at) || depth == DEEPEST)
        return json_is_false(at) ? FOUND_NOT : FOUND_OPEN;
    const json_t *properties = json_object_get(at, "properties");
    const json_t *member = json_object_getn(properties, name.at, name.length);
    if (member) {
        *ret_at = member;
        return FOUND_HERE;
    }
    size_t before = names->count;
    if (properties)
        add_names(properties, names);
    enum found found = find_in_branches(root, at, name, depth + 1, ret_at, names);
    bool unsaid = names->count == before && may_have_members(at);
    return found == FOUND_NOT && (is_open(at) || unsaid) ? FOUND_OPEN : found;
}

bool field_schema_member(struct field_schema node, struct slice name, struct field_schema *ret_node,
                         struct field_names *names)
{
    const json_t *at = NULL;
    *ret_node = field_schema_open();
    if (!node.at)
        return true;
    enum found found = find_member(node.root, node.at, name, 0, &at, names);
    if (found == FOUND_HERE)
        *ret_node = (struct field_schema){node.root, at};
    return found != FOUND_NOT;
}

struct field_schema field_schema_element(struct field_schema node)
{
    for (int depth = 0; node.at && depth < DEEPEST; depth++) {
        const json_t *items = json_object_get(node.at, "items");
        const char *reference = json_string_value(json_object_get(node.at, "$ref"));
        if (json_is_object(items) && !json_object_get(node.at, "prefixItems"))
            return (struct field_schema){node.root, items};
        if (!reference)
            break;
        node.at = resolve(node.root, reference);
    }
    return field_schema_open();
}
