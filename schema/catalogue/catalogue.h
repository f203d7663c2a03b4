/* The event catalogue: every event type and command with its schema, and the upcasters that turn
 * events of old versions into newer ones when they are read. Built-in ones are part of the program:
 * annal's own event types (schema/events/saga.*.json) and those of the program's domain. More come
 * from a directory with the folders events (TYPE.json), commands (CATEGORY.COMMAND.json) and
 * upcasters (TYPE.json).
 *
 * Immutable once it is open, shared by all threads; a reload opens another catalogue.
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
    struct slice text; /* and its text, as in the file */
};

/* The types of annal's own events (saga.*), those of the domain in `files` (NULL: none), and those
 * in `directory` (NULL: none). A file is at most 1 MiB, its name without ".json" the entry's. The
 * directory may repeat a built-in schema only word for word, and may not have an upcaster of a
 * built-in type. What an upcaster makes of the examples of its type must fit the type it leads to.
 * ERR_DEFINITION names the file. `files` must outlive the catalogue. */
MUST_CHECK enum err catalogue_open(const struct catalogue_files *files, const char *directory,
                                   struct catalogue **ret_catalogue, struct error *error);
/* Only a directory, without built-in types, for comparisons. */
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

/* How events of old versions are read. */
const struct upcasters *catalogue_upcasters(const struct catalogue *catalogue);

/* The name of the event type nearest to `type`, or NULL. */
const char *catalogue_nearest_event(const struct catalogue *catalogue, struct slice type);

/* SHA-256 in hexadecimal over the schemas of all event types and the upcasters: changes when any
 * does. */
const char *catalogue_hash(const struct catalogue *catalogue);
