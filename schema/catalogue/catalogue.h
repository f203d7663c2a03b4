/* The event catalogue: every event type and command with its schema, and the upcasters that convert events
 * of old versions when they are read.
 *
 * catalogue_read.c reads the files: first the built-in ones (annal's own event types,
 * schema/events/saga.*.json, and those of the program's domain), then those of a directory with the
 * folders events (TYPE.json), commands (CATEGORY.COMMAND.json) and upcasters (TYPE.json). Each schema
 * is compiled by json_schema/json_schema.h; upcaster_read.c reads an upcaster, upcaster.c applies it,
 * upcasters.h chains them. catalogue_compare.h compares two catalogues, before a reload and for
 * `annal schema check`.
 *
 * A catalogue is immutable once it is open, and shared by all threads; a reload opens another one.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "schema/catalogue/upcasters.h"
#include "schema/json_schema/json_schema.h"

struct catalogue;
struct embedded_file;

/* The files of a domain that are part of the program; NULL: none. */
struct catalogue_files {
    const struct embedded_file *events, *commands, *upcasters;
};

/* An entry: an event type ("account.opened.v1") or a command ("account.open"). */
struct catalogue_entry {
    const char *name;
    struct json_schema *schema;
    json_t *json;      /* the schema's document */
    struct slice text; /* its text, as in the file */
};

/* Reads the types of annal's own events (saga.*), those of the domain in `files` (NULL: none), and those
 * in `directory` (NULL: none). A file has at most 1 MiB; its name without ".json" is that of the entry.
 * The directory may repeat a built-in schema only word for word, and must not have an upcaster of a
 * built-in type. The examples of a type, once upcast, must be valid against the type that the upcaster
 * converts to. ERR_DEFINITION names the file. `files` must outlive the catalogue. */
MUST_CHECK enum err catalogue_open(const struct catalogue_files *files, const char *directory,
                                   struct catalogue **ret_catalogue, struct error *error);
/* Reads only a directory, without built-in types, for comparisons. */
MUST_CHECK enum err catalogue_open_alone(const char *directory, struct catalogue **ret_catalogue,
                                         struct error *error);
/* Frees the catalogue when its last holder closes it. */
void catalogue_close(struct catalogue *catalogue);
AUTO_CLOSE(catalogue, struct catalogue, catalogue_close)

/* Adds a holder, which must close the catalogue too. Any thread. */
struct catalogue *catalogue_hold(const struct catalogue *catalogue);

/* NULL if not found. */
const struct catalogue_entry *catalogue_event(const struct catalogue *catalogue, struct slice type);
const struct catalogue_entry *catalogue_command(const struct catalogue *catalogue,
                                                const char *category, const char *command);

/* All event types, sorted by name. */
const struct catalogue_entry *catalogue_events(const struct catalogue *catalogue,
                                               size_t *ret_count);

/* All commands, sorted by name. */
const struct catalogue_entry *catalogue_commands(const struct catalogue *catalogue,
                                                 size_t *ret_count);

/* The upcasters of old versions. */
const struct upcasters *catalogue_upcasters(const struct catalogue *catalogue);

/* The name of the event type nearest to `type`, or NULL. */
const char *catalogue_nearest_event(const struct catalogue *catalogue, struct slice type);

/* SHA-256 in hexadecimal over the schemas of all event types and the upcasters. */
const char *catalogue_hash(const struct catalogue *catalogue);
