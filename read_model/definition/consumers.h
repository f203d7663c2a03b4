/* Which consumer reads which field of which event: the read models, as far as the text of their
 * handlers shows, and the sagas that the caller adds. Borrows neither the models nor the
 * catalogue. */
#pragma once

#include "read_model/definition/models.h"

enum consumer_kind { CONSUMER_READ_MODEL, CONSUMER_SAGA };

struct consumer {
    char *type;
    char *pointer; /* "": the whole data; NULL: handles the type and reads none of its data */
    char *reader;  /* its name */
    enum consumer_kind kind;
    int line; /* of a read model's file */
};
struct consumers {
    struct consumer *at;
    size_t count, capacity;
};
void consumers_finish(struct consumers *consumers);
AUTO_FINISH(consumers, struct consumers, consumers_finish)

/* The fields that the read models read, sorted by type, pointer, model and line, without
 * duplicates. `consumers` must be empty. */
MUST_CHECK enum err consumers_collect(const struct models *models,
                                      const struct catalogue *catalogue,
                                      struct consumers *consumers, struct error *error);

/* Adds a saga that listens to a type. */
void consumers_add_saga(struct consumers *consumers, const char *type, const char *saga);
