/* Messages are written only for a caller that collects faults. They name the limit, so that the sender can
 * correct the value without reading the schema. */
#include "schema/json_schema/schema_check.h"

#include "base/json.h"
#include "schema/json_schema/pattern.h"

#define SHOWN_MOST_BYTES   300
#define COMPARED_IN_A_STEP 16 /* values with one another, and bytes of a text with a schema */

bool schema_check_type(const struct schema_node *node, const json_t *value,
                       const struct schema_path *path, struct schema_walk *walk)
{
    unsigned types = json_value_types(value);
    if (!node->never && (!node->types || (node->types & types)))
        return true;
    if (!schema_walk_wants_faults(walk))
        return false;
    if (node->never) {
        schema_walk_add_fault(walk, path, "is not allowed here");
        return false;
    }
    AUTO(text) struct text wanted = {0}, given = {0};
    json_value_describe_types(node->types, &wanted);
    json_value_describe_types(types & SCHEMA_INTEGER ? SCHEMA_INTEGER : types, &given);
    schema_walk_add_fault(walk, path, "must be %s, not %s", wanted.at, given.at);
    return false;
}

bool schema_check_is_allowed(const struct schema_node *node, const json_t *value)
{
    if (node->constant && !json_value_equals(value, node->constant))
        return false;
    size_t count = json_array_size(node->enumeration);
    for (size_t i = 0; i < count; i++)
        if (json_value_equals(value, json_array_get(node->enumeration, i)))
            return true;
    return !node->enumeration;
}

bool schema_check_enumeration(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->enumeration)
        return true;
    size_t count = json_array_size(node->enumeration);
    if (!schema_walk_step(walk, count / COMPARED_IN_A_STEP))
        return false;
    for (size_t i = 0; i < count; i++)
        if (json_value_equals(value, json_array_get(node->enumeration, i)))
            return true;
    if (!schema_walk_wants_faults(walk))
        return false;
    AUTO(text) struct text allowed = {0};
    size_t shown = 0;
    for (; shown < count && allowed.length < SHOWN_MOST_BYTES; shown++) {
        text_add(&allowed, shown ? ", " : "");
        json_write(json_array_get(node->enumeration, shown), &allowed);
    }
    schema_walk_add_fault(walk, path, "must be one of %s%s", allowed.at,
                          shown < count ? ", …" : "");
    return false;
}

bool schema_check_constant(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->constant || json_value_equals(value, node->constant))
        return true;
    if (!schema_walk_wants_faults(walk))
        return false;
    AUTO(text) struct text wanted = {0};
    json_write(node->constant, &wanted);
    schema_walk_add_fault(walk, path, "must be %s", wanted.at);
    return false;
}

static bool check_limit(bool fits, const json_t *limit, const char *must,
                        const struct schema_path *path, struct schema_walk *walk)
{
    if (fits)
        return true;
    if (schema_walk_wants_faults(walk)) {
        AUTO(text) struct text number = {0};
        json_write(limit, &number);
        schema_walk_add_fault(walk, path, "must be %s %s", must, number.at);
    }
    return false;
}

bool schema_check_number(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_walk *walk)
{
    const json_t *least = node->minimum, *most = node->maximum;
    const json_t *above = node->exclusive_minimum, *below = node->exclusive_maximum;
    bool fits =
        check_limit(!least || json_value_compare(value, least) >= 0, least, "at least", path, walk);
    fits =
        check_limit(!most || json_value_compare(value, most) <= 0, most, "at most", path, walk) &&
        fits;
    fits = check_limit(!above || json_value_compare(value, above) > 0, above, "more than", path,
                       walk) &&
           fits;
    fits = check_limit(!below || json_value_compare(value, below) < 0, below, "less than", path,
                       walk) &&
           fits;
    return check_limit(!node->multiple_of || json_value_is_multiple(value, node->multiple_of),
                       node->multiple_of, "a multiple of", path, walk) &&
           fits;
}

static bool check_bounds(size_t count, struct schema_bounds bounds, const char *what,
                         const struct schema_path *path, struct schema_walk *walk)
{
    if (count >= bounds.least && count <= bounds.most)
        return true;
    bool few = count < bounds.least;
    size_t bound = few ? bounds.least : bounds.most;
    schema_walk_add_fault(walk, path, "must have at %s %zu %s%s, not %zu", few ? "least" : "most",
                          bound, what, bound == 1 ? "" : "s", count);
    return false;
}

/* Unicode code points; the text is well-formed UTF-8. */
static size_t count_characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    return count;
}

/* A character has 1 to 4 bytes, so most texts need not be counted. */
static bool check_length(const struct schema_node *node, struct slice text,
                         const struct schema_path *path, struct schema_walk *walk)
{
    struct schema_bounds bounds = node->characters;
    return (text.length <= bounds.most && (text.length + 3) / 4 >= bounds.least) ||
           check_bounds(count_characters(text), bounds, "character", path, walk);
}

static bool check_pattern(const struct schema_node *node, struct slice text,
                          const struct schema_path *path, struct schema_walk *walk)
{
    if (!node->pattern)
        return true;
    size_t steps = 0;
    enum pattern_result result = pattern_match(node->pattern, text, &steps);
    if (!schema_walk_step(walk, steps))
        return false;
    if (result == PATTERN_DIFFERS)
        schema_walk_add_fault(walk, path, "must match the pattern %s", pattern_text(node->pattern));
    if (result == PATTERN_TOO_COSTLY)
        schema_walk_add_fault(walk, path, "takes too long to compare with the pattern %s",
                              pattern_text(node->pattern));
    return result == PATTERN_MATCHES;
}

bool schema_check_text(const struct schema_node *node, struct slice text,
                       const struct schema_path *path, struct schema_walk *walk)
{
    if (!schema_walk_step(walk, text.length / COMPARED_IN_A_STEP))
        return false;
    bool fits = check_length(node, text, path, walk);
    /* A text that is too long is not matched. */
    if (!fits)
        return false;
    fits = check_pattern(node, text, path, walk);
    if (node->format && !format_fits(node->format, text)) {
        schema_walk_add_fault(walk, path, "must be %s", format_description(node->format));
        fits = false;
    }
    return fits;
}

bool schema_check_string(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_walk *walk)
{
    struct slice text = {json_string_value(value), json_string_length(value)};
    return schema_check_text(node, text, path, walk);
}

bool schema_check_array(const struct schema_node *node, const json_t *value,
                        const struct schema_path *path, struct schema_walk *walk)
{
    if (!check_bounds(json_array_size(value), node->item_count, "item", path, walk))
        return false;
    if (!node->unique_items)
        return true;
    if (!schema_walk_step(walk, json_value_size(value)))
        return false;
    size_t first, second;
    if (!json_value_find_repeat(value, &first, &second))
        return true;
    schema_walk_add_fault(
        walk, path, "must not have duplicate items: those at %zu and %zu are equal", first, second);
    return false;
}

/* `because`: the field that requires them, or NULL. */
static bool check_required(const json_t *names, const char *because, const json_t *object,
                           const struct schema_path *path, struct schema_walk *walk)
{
    bool fits = true;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *wanted = json_array_get(names, i);
        const char *name = json_string_value(wanted);
        if (json_object_getn(object, name, json_string_length(wanted)))
            continue;
        schema_walk_add_fault(walk, path, "the field \"%s\" is missing%s%s%s", name,
                              because ? "; \"" : "", because ? because : "",
                              because ? "\" requires it" : "");
        fits = false;
    }
    return fits;
}

bool schema_check_object(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_walk *walk)
{
    bool fits = check_bounds(json_object_size(value), node->member_count, "field", path, walk);
    fits = check_required(node->required, NULL, value, path, walk) && fits;
    const char *name;
    json_t *names;
    json_object_foreach ((json_t *)node->dependent_required, name, names)
        if (json_object_get(value, name))
            fits = check_required(names, name, value, path, walk) && fits;
    return fits;
}
