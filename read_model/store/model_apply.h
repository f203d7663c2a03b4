/* A model's handlers, prepared once on one connection, and the events that they apply. An event costs
 * a lookup of its type, a bind for each parameter of its statements, and SQLite's work. No JSON is
 * read here except that of an event of an old version, which is upcast first.
 */
#pragma once

#include "base/cleanup.h"
#include "base/db.h"
#include "read_model/definition/model.h"
#include "schema/event.h"

struct model_apply;

/* The model and the connection are borrowed. */
MUST_CHECK enum err model_apply_create(const struct model *model, struct db *db,
                                       struct model_apply **ret_apply, struct error *error);
void model_apply_destroy(struct model_apply *apply);
AUTO_CLOSE(model_apply, struct model_apply, model_apply_destroy)

/* Runs the handlers of the event's type, inside a transaction. ERR_POISON: the event's changes are
 * undone. ERR_STEP_LIMIT, ERR_NO_MEMORY: the transaction must be rolled back. */
MUST_CHECK enum err model_apply_event(struct model_apply *apply, const struct event *event,
                                      struct error *error);
