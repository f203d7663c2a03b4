/* What the files of `annal schema` share. */
#pragma once

#include "cli/options.h"
#include "read_model/models.h"

/* One per action; the options' first argument is its name. */
MUST_CHECK enum err schema_validate_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_check_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_consumers_run(const struct options *options, struct error *error);

/* The fields that read models read. */
struct consumer {
    char *type, *pointer; /* "" is the whole data */
    const struct model *model;
    int line;
};
struct consumers {
    struct consumer *at; /* sorted by type, pointer, model and line; each once */
    size_t count, capacity;
};
void consumers_finish(struct consumers *consumers);
AUTO_FINISH(consumers, struct consumers, consumers_finish)
MUST_CHECK enum err consumers_collect(const struct models *models,
                                      const struct catalogue *catalogue,
                                      struct consumers *consumers, struct error *error);
