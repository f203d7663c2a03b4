/* A domain: what a program decides, does and shows. Roles and tasks are the same over any. */
#pragma once

#include "base/embedded.h"
#include "sagas/saga.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* Each member replaces what ships; NULL is what ships: order processing. */
struct domain {
    const struct aggregate *const *aggregates; /* closed by NULL */
    const struct saga_kind *const *sagas;      /* the same */
    /* Files of the program, made into tables by embed.py. --schemas and --models add to them. */
    struct catalogue_files schemas;
    const struct embedded_file *read_models;
};

/* What --domain names: "shop" is `own` as it is, "none" is a domain without anything in it. Only
 * the program that ships can leave its domain out: `own` must then be all NULL. ERR_USAGE lists the
 * names. */
MUST_CHECK enum err domain_choose(const struct domain *own, const char *name,
                                  const struct domain **ret_domain, struct error *error);

/* Makes it the domain of this process: before there are threads, for it is not locked. annal_main()
 * does; tests of a domain do it themselves. */
void domain_use(const struct domain *domain);
