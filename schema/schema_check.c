/* Sentences are made only for a caller who wants faults. They name the limit, so that whoever sent
 * the value can put it right without reading the schema.
 */
#include "schema/schema_check.h"

#include "base/json.h"
#include "schema/json_number.h"
#include "schema/json_value.h"

#define SHOWN_MOST_BYTES 300

bool schema_check_type(const struct schema_node *node, const json_t *value,
                       const struct schema_path *path, struct schema_faults *faults)
{
    unsigned types = schema_type_of(value);
    if (!node->never && (!node->types || (node->types & types)))
        return true;
    if (!schema_faults_wanted(faults))
        return false;
    if (node->never) {
        schema_fault_add(faults, path, "is not allowed here");
        return false;
    }
    AUTO(text) struct text wanted = {0}, given = {0};
    schema_type_describe(node->types, &wanted);
    schema_type_describe(types & SCHEMA_INTEGER ? SCHEMA_INTEGER : types, &given);
    schema_fault_add(faults, path, "must be %s, not %s", wanted.at, given.at);
    return false;
}

bool schema_check_enumeration(const struct schema_node *node, const json_t *value,
                              const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->enumeration)
        return true;
    size_t count = json_array_size(node->enumeration);
    for (size_t i = 0; i < count; i++)
        if (json_value_equals(value, json_array_get(node->enumeration, i)))
            return true;
    if (!schema_faults_wanted(faults))
        return false;
    AUTO(text) struct text allowed = {0};
    size_t shown = 0;
    for (; shown < count && allowed.length < SHOWN_MOST_BYTES; shown++) {
        text_add(&allowed, shown ? ", " : "");
        json_write(json_array_get(node->enumeration, shown), &allowed);
    }
    schema_fault_add(faults, path, "must be one of %s%s", allowed.at, shown < count ? ", …" : "");
    return false;
}

bool schema_check_constant(const struct schema_node *node, const json_t *value,
                           const struct schema_path *path, struct schema_faults *faults)
{
    if (!node->constant || json_value_equals(value, node->constant))
        return true;
    if (!schema_faults_wanted(faults))
        return false;
    AUTO(text) struct text wanted = {0};
    json_write(node->constant, &wanted);
    schema_fault_add(faults, path, "must be %s", wanted.at);
    return false;
}

static bool check_limit(bool fits, const json_t *limit, const char *must,
                        const struct schema_path *path, struct schema_faults *faults)
{
    if (fits)
        return true;
    if (schema_faults_wanted(faults)) {
        AUTO(text) struct text number = {0};
        json_write(limit, &number);
        schema_fault_add(faults, path, "must be %s %s", must, number.at);
    }
    return false;
}

bool schema_check_number(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    const json_t *least = node->minimum, *most = node->maximum;
    const json_t *above = node->exclusive_minimum, *below = node->exclusive_maximum;
    bool fits = check_limit(!least || json_number_compare(value, least) >= 0, least, "at least",
                            path, faults);
    fits = check_limit(!most || json_number_compare(value, most) <= 0, most, "at most", path,
                       faults) &&
           fits;
    fits = check_limit(!above || json_number_compare(value, above) > 0, above, "more than", path,
                       faults) &&
           fits;
    fits = check_limit(!below || json_number_compare(value, below) < 0, below, "less than", path,
                       faults) &&
           fits;
    return check_limit(!node->multiple_of || json_number_is_multiple(value, node->multiple_of),
                       node->multiple_of, "a multiple of", path, faults) &&
           fits;
}

static bool check_bounds(size_t count, struct schema_bounds bounds, const char *what,
                         const struct schema_path *path, struct schema_faults *faults)
{
    if (count >= bounds.least && count <= bounds.most)
        return true;
    bool few = count < bounds.least;
    size_t bound = few ? bounds.least : bounds.most;
    schema_fault_add(faults, path, "must have at %s %zu %s%s, not %zu", few ? "least" : "most",
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

static bool check_pattern(const struct schema_node *node, struct slice text,
                          const struct schema_path *path, struct schema_faults *faults)
{
    enum pattern_result result =
        node->pattern ? pattern_match(node->pattern, text) : PATTERN_MATCHES;
    if (result == PATTERN_DIFFERS)
        schema_fault_add(faults, path, "must match the pattern %s", pattern_text(node->pattern));
    if (result == PATTERN_TOO_COSTLY)
        schema_fault_add(faults, path, "takes too long to compare with the pattern %s",
                         pattern_text(node->pattern));
    return result == PATTERN_MATCHES;
}

bool schema_check_text(const struct schema_node *node, struct slice text,
                       const struct schema_path *path, struct schema_faults *faults)
{
    bool fits = check_bounds(count_characters(text), node->characters, "character", path, faults);
    /* A text that is too long is not worth matching. */
    if (!fits)
        return false;
    fits = check_pattern(node, text, path, faults);
    if (node->format && !format_fits(node->format, text)) {
        schema_fault_add(faults, path, "must be %s", format_description(node->format));
        fits = false;
    }
    return fits;
}

bool schema_check_string(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    struct slice text = {json_string_value(value), json_string_length(value)};
    return schema_check_text(node, text, path, faults);
}

bool schema_check_array(const struct schema_node *node, const json_t *value,
                        const struct schema_path *path, struct schema_faults *faults)
{
    if (!check_bounds(json_array_size(value), node->item_count, "item", path, faults))
        return false;
    size_t first, second;
    if (!node->unique_items || !json_value_find_repeat(value, &first, &second))
        return true;
    schema_fault_add(faults, path, "must have no item twice: those at %zu and %zu are the same",
                     first, second);
    return false;
}

/* `because` is the field that wants them, or NULL. */
static bool check_required(const json_t *names, const char *because, const json_t *object,
                           const struct schema_path *path, struct schema_faults *faults)
{
    bool fits = true;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (json_object_get(object, name))
            continue;
        schema_fault_add(faults, path, "the field \"%s\" is missing%s%s%s", name,
                         because ? "; \"" : "", because ? because : "",
                         because ? "\" wants it" : "");
        fits = false;
    }
    return fits;
}

bool schema_check_object(const struct schema_node *node, const json_t *value,
                         const struct schema_path *path, struct schema_faults *faults)
{
    bool fits = check_bounds(json_object_size(value), node->member_count, "field", path, faults);
    fits = check_required(node->required, NULL, value, path, faults) && fits;
    const char *name;
    json_t *names;
    json_object_foreach ((json_t *)node->dependent_required, name, names)
        if (json_object_get(value, name))
            fits = check_required(names, name, value, path, faults) && fits;
    return fits;
}
