/* Upcasters by the type that they convert from, and their combined effect on an event: v1 → v2 → v3. The
 * catalogue has all upcasters, a read model those that lead to the types it handles. */
#pragma once

#include "schema/catalogue/upcaster.h"
#include "schema/event.h"

#include "base/text.h"

struct upcasters;

/* An empty set. */
struct upcasters *upcasters_create(void);
void upcasters_destroy(struct upcasters *upcasters);
AUTO_CLOSE(upcasters, struct upcasters, upcasters_destroy)

/* Adds the upcaster in a file's text. ERR_DEFINITION if it is malformed, or does not convert from a version
 * of a type (parcel.sent.v1) to a later one of the same type (parcel.sent.v2). */
MUST_CHECK enum err upcasters_add(struct upcasters *upcasters, struct slice type, struct slice text,
                                  struct error *error);

/* In the order of their types. */
struct upcasters_entry {
    const char *type; /* that it converts from */
    struct slice text;
    struct upcaster *upcaster;
};
const struct upcasters_entry *upcasters_entries(const struct upcasters *upcasters,
                                                size_t *ret_count);

/* NULL if events of this type are read unchanged. Costs nothing in an empty set. */
const struct upcaster *upcasters_find(const struct upcasters *upcasters, struct slice type);

/* The type as which events of this type are read; without an upcaster, the type itself. */
struct slice upcasters_newest(const struct upcasters *upcasters, struct slice type);

/* Upcasts the data in place to the newest version, and sets *type. ERR_POISON as upcaster_apply(). */
MUST_CHECK enum err upcasters_apply(const struct upcasters *upcasters, struct slice *type,
                                    json_t *data, struct error *error);

/* The event as readers see it: *ret_event is `event` itself, or a copy with a new type and data, in
 * the memory of `upcasters` and `buffer`. The log's event and its hash stay unchanged. ERR_POISON,
 * and ERR_CORRUPT if the data is not JSON. */
MUST_CHECK enum err upcasters_read_event(const struct upcasters *upcasters,
                                         const struct event *event, struct text *buffer,
                                         struct event *ret_event, struct error *error);
