/* The apply engine: a model's handlers, prepared once on one connection, and the events they get.
 *
 * An event costs a lookup of its type, a bind per parameter a statement really has, and SQLite's
 * own work; no JSON is read here, but that of an event of an old version, which is upcast first. */
#pragma once

#include "base/cleanup.h"
#include "base/db.h"
#include "read_model/definition/model_private.h"
#include "schema/event.h"

struct model_apply;

/* The model and the connection are borrowed. */
MUST_CHECK enum err model_apply_create(const struct model *model, struct db *db,
                                       struct model_apply **ret_apply, struct error *error);
void model_apply_destroy(struct model_apply *apply);
AUTO_CLOSE(model_apply, struct model_apply, model_apply_destroy)

/* Inside a transaction: runs the handlers of the event's type. ERR_POISON: undone. ERR_DEFINITION:
 * a statement that does not end was stopped, and the transaction with it. */
MUST_CHECK enum err model_apply_event(struct model_apply *apply, const struct event *event,
                                      struct error *error);
