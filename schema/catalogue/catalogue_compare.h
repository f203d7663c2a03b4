/* Compares two catalogues. Within a version, data that was valid must stay valid, and readers must still
 * find its fields. Compatible changes are another optional field, a wider limit, a new description;
 * any other change needs a new version.
 */
#pragma once

#include "base/text.h"
#include "schema/catalogue/catalogue.h"

/* Reports every incompatible change from `older` to `newer` and returns their number. */
size_t catalogue_compare(const struct catalogue *older, const struct catalogue *newer,
                         schema_change_fn *report, void *context);

/* --- a reload: whether a catalogue may replace the one in use, and its news ----------------------
 *
 * Types and versions may be added, schemas may change compatibly; nothing may be removed. The
 * interpretation of events does not change while a program runs, so it keeps the upcasters with which
 * it began. */

/* Names of files, "events/parcel.sent.v2.json, …": at most 20 names. */
struct catalogue_news {
    struct text added, changed; /* events and commands */
    struct text upcasters;      /* added, changed or removed since the program began */
    size_t added_count, changed_count, upcaster_count;
};
void catalogue_news_finish(struct catalogue_news *news);
AUTO_FINISH(catalogue_news, struct catalogue_news, catalogue_news_finish)

/* `first` is the catalogue the program began with, `current` the one in use. ERR_DEFINITION names
 * file, field and rule of the first change that is not allowed; the news are then incomplete. */
MUST_CHECK enum err catalogue_compare_update(const struct catalogue *first,
                                             const struct catalogue *current,
                                             const struct catalogue *next,
                                             struct catalogue_news *ret_news, struct error *error);
