/* Pairs of schemas are compared once, however many schemas refer to them; those that are being compared
 * now are on a stack, so that a schema that leads into itself ends. */
#include "schema/json_schema/schema_comparison.h"

#include "base/array.h"
#include "schema/json_schema/json_pointer.h"
#include "schema/json_schema/schema_node.h"

void schema_comparison_report(struct schema_comparison *comparison, const char *rule)
{
    struct schema_change change = {comparison->name, text_slice(&comparison->pointer).at, rule};
    comparison->count++;
    comparison->report(comparison->context, &change);
}

void schema_comparison_report_keyword(struct schema_comparison *comparison, const char *keyword,
                                      const char *how)
{
    AUTO(text) struct text rule = {0};
    text_printf(&rule, "%s %s", keyword, how);
    schema_comparison_report(comparison, rule.at);
}

size_t schema_comparison_step_in(struct schema_comparison *comparison, const char *name)
{
    size_t outside = comparison->pointer.length;
    json_pointer_add(&comparison->pointer, name);
    return outside;
}

void schema_comparison_step_out(struct schema_comparison *comparison, size_t outside)
{
    comparison->pointer.length = outside;
    text_reserve(&comparison->pointer, 0)[0] = '\0';
}

bool schema_comparison_open_pair(struct schema_comparison *comparison, const json_t *older,
                                 const json_t *newer)
{
    for (size_t i = 0; i < comparison->depth; i++)
        if (comparison->open[i].older == older && comparison->open[i].newer == newer)
            return false;
    if (comparison->depth == SCHEMA_COMPARISON_DEEPEST) {
        schema_comparison_report(comparison, "is nested too deeply to be compared");
        return false;
    }
    comparison->open[comparison->depth++] = (struct schema_pair){older, newer};
    return true;
}

bool schema_comparison_has_pair(const struct schema_pairs *pairs, const json_t *older,
                                const json_t *newer)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (pairs->at[i].older == older && pairs->at[i].newer == newer)
            return true;
    return false;
}

void schema_comparison_add_pair(struct schema_pairs *pairs, const json_t *older,
                                const json_t *newer)
{
    *ARRAY_ADD(pairs) = (struct schema_pair){older, newer};
}

/* Of two that are equal as they are written: whether their references lead to equal schemas. */
static bool refers_to_same(struct schema_comparison *comparison, const json_t *older,
                           const json_t *newer)
{
    const json_t *before = schema_reference_target(comparison->older, older);
    const char *name;
    size_t i;
    json_t *member;
    bool same =
        !before || schema_comparison_is_same(comparison, before,
                                             schema_reference_target(comparison->newer, newer));
    json_object_foreach ((json_t *)older, name, member)
        same = same && refers_to_same(comparison, member, json_object_get(newer, name));
    json_array_foreach (older, i, member)
        same = same && refers_to_same(comparison, member, json_array_get(newer, i));
    return same;
}

bool schema_comparison_is_same(struct schema_comparison *comparison, const json_t *older,
                               const json_t *newer)
{
    if (!json_equal(older, newer))
        return false;
    if (schema_comparison_has_pair(&comparison->same, older, newer) ||
        !schema_comparison_open_pair(comparison, older, newer))
        return true;
    /* Assumed until a difference is found; then the caller removes it. */
    schema_comparison_add_pair(&comparison->same, older, newer);
    bool same = refers_to_same(comparison, older, newer);
    comparison->depth--;
    return same;
}
