/* Entries are compared by name; an entry that is in both catalogues is compared by its text or its
 * schema. */
#include "schema/catalogue/catalogue_compare.h"

#define NAMED_MOST 20

static const struct catalogue_entry *find_entry(const struct catalogue_entry *entries, size_t count,
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
        const struct catalogue_entry *now = find_entry(newer.at, newer.count, older.at[i].name);
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

void catalogue_news_finish(struct catalogue_news *news)
{
    text_finish(&news->added);
    text_finish(&news->changed);
    text_finish(&news->upcasters);
}

/* --- incompatible changes --------------------------------------------------------------------- */

struct refusal {
    const struct catalogue *current;
    struct text first; /* of the changes that are not allowed */
};

static void note(void *context, const struct schema_change *change)
{
    struct refusal *refusal = context;
    bool event = catalogue_event(refusal->current, slice_of(change->name)) != NULL;
    if (refusal->first.length)
        return;
    text_printf(&refusal->first, "%s/%s.json: ", event ? "events" : "commands", change->name);
    if (change->pointer[0])
        text_printf(&refusal->first, "\"%s\": ", change->pointer);
    text_add(&refusal->first, change->rule);
}

static enum err check_compatible(const struct catalogue *current, const struct catalogue *next,
                                 struct error *error)
{
    struct refusal refusal = {.current = current};
    size_t count = catalogue_compare(current, next, note, &refusal);
    enum err err = OK;
    if (count > 1)
        text_printf(&refusal.first, " (and %zu more)", count - 1);
    if (count)
        err = error_set(error, ERR_DEFINITION,
                        "%s. A registered schema changes only compatibly: make a new version",
                        refusal.first.at);
    text_finish(&refusal.first);
    return err;
}

/* --- what is new ------------------------------------------------------------------------------ */

static void add_name(struct text *names, size_t *count, const char *folder, const char *name)
{
    if (++*count <= NAMED_MOST)
        text_printf(names, "%s%s/%s.json", *count > 1 ? ", " : "", folder, name);
    else if (*count == NAMED_MOST + 1)
        text_add(names, ", …");
}

typedef const struct catalogue_entry *list_fn(const struct catalogue *catalogue, size_t *ret_count);

static const struct catalogue_entry *find(const struct catalogue *catalogue, list_fn *list,
                                          const char *name)
{
    size_t count;
    const struct catalogue_entry *entries = list(catalogue, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

static void list_entries(const struct catalogue *current, const struct catalogue *next,
                         list_fn *list, const char *folder, struct catalogue_news *news)
{
    size_t count;
    const struct catalogue_entry *entries = list(next, &count);
    for (size_t i = 0; i < count; i++) {
        const struct catalogue_entry *before = find(current, list, entries[i].name);
        if (!before)
            add_name(&news->added, &news->added_count, folder, entries[i].name);
        else if (!slice_equal(before->text, entries[i].text))
            add_name(&news->changed, &news->changed_count, folder, entries[i].name);
    }
}

static const struct upcasters_entry *find_upcaster(const struct catalogue *catalogue,
                                                   const char *type)
{
    size_t count;
    const struct upcasters_entry *entries =
        upcasters_entries(catalogue_upcasters(catalogue), &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].type, type) == 0)
            return &entries[i];
    return NULL;
}

/* Upcasters of `from` that `to` lacks, and with `changed` also those that differ. */
static void list_upcasters(const struct catalogue *from, const struct catalogue *to, bool changed,
                           struct catalogue_news *news)
{
    size_t count;
    const struct upcasters_entry *entries = upcasters_entries(catalogue_upcasters(from), &count);
    for (size_t i = 0; i < count; i++) {
        const struct upcasters_entry *other = find_upcaster(to, entries[i].type);
        if (!other || (changed && !slice_equal(entries[i].text, other->text)))
            add_name(&news->upcasters, &news->upcaster_count, "upcasters", entries[i].type);
    }
}

enum err catalogue_compare_update(const struct catalogue *first, const struct catalogue *current,
                                  const struct catalogue *next, struct catalogue_news *ret_news,
                                  struct error *error)
{
    enum err err = check_compatible(current, next, error);
    if (err)
        return err;
    list_entries(current, next, catalogue_events, "events", ret_news);
    list_entries(current, next, catalogue_commands, "commands", ret_news);
    list_upcasters(next, first, true, ret_news);
    list_upcasters(first, next, false, ret_news);
    return OK;
}
