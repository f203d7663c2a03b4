/* Two catalogues. What may not change inside a version: the writers of its events must stay right, and
 * their readers must still find the fields. Everything else is a new version, or a compatible change:
 * an optional field more, a wider limit, another description.
 */
#pragma once

#include "base/text.h"
#include "schema/catalogue/catalogue.h"

/* Reports every incompatible change from `older` to `newer` and returns their number. */
size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *tell, void *context);

/* --- a reloaded catalogue: may it replace the one in use while the program runs, and what
 * is new in it? Types and versions may be added, schemas may change compatibly; nothing may be removed.
 * How events are interpreted does not change while a program runs, so its upcasters are those it began
 * with. */

/* Names of files, "events/parcel.sent.v2.json, …": at most 20 are spelled out. */
struct catalogue_news {
    struct text added, changed; /* events and commands */
    struct text upcasters;      /* added, changed or removed since the program began */
    size_t added_count, changed_count, upcaster_count;
};
void catalogue_news_finish(struct catalogue_news *news);
AUTO_FINISH(catalogue_news, struct catalogue_news, catalogue_news_finish)

/* `first` is the catalogue the program began with, `current` the one in use. ERR_DEFINITION names
 * file, field and rule of the first change that is not allowed; the news are then not complete. */
MUST_CHECK enum err catalogue_compare_update(const struct catalogue *first,
                                             const struct catalogue *current,
                                             const struct catalogue *next,
                                             struct catalogue_news *ret_news, struct error *error);
