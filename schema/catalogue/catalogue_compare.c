#include "schema/catalogue/catalogue_compare.h"

static const struct catalogue_entry *find(const struct catalogue_entry *entries, size_t count,
                                          const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

struct entry_list {
    const struct catalogue_entry *at;
    size_t count;
};

static size_t compare_entries(struct entry_list older, struct entry_list newer,
                              schema_change_fn *tell, void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < older.count; i++) {
        const struct catalogue_entry *now = find(newer.at, newer.count, older.at[i].name);
        if (now) {
            count += schema_compare(now->name, older.at[i].schema, now->schema, tell, context);
            continue;
        }
        tell(context, &(struct schema_change){older.at[i].name, "", "it is removed"});
        count++;
    }
    return count;
}

size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *tell, void *context)
{
    struct entry_list before, after;
    before.at = catalogue_events(older, &before.count);
    after.at = catalogue_events(newer, &after.count);
    size_t count = compare_entries(before, after, tell, context);
    before.at = catalogue_commands(older, &before.count);
    after.at = catalogue_commands(newer, &after.count);
    return count + compare_entries(before, after, tell, context);
}
