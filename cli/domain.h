/* A domain: what a program decides, does and shows. Roles and tasks are the same over any. It is
 * one constant value, handed to annal_main(); each module gets its part of it as a parameter.
 */
#pragma once

#include "base/embedded.h"
#include "sagas/saga.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

struct domain {
    const char *name; /* "shop", for --domain; never NULL, and not "none" */
    /* Each closed by NULL; NULL itself: none. */
    const struct aggregate *const *aggregates;
    const struct saga_kind *const *sagas; /* of one name, the newest version first */
    /* Files of the program, made into tables by embed.py; NULL: none. --schemas and --models add to
     * them. */
    struct catalogue_files schemas;
    const struct embedded_file *read_models;
};

/* What --domain names: the program's own, or "none", a domain without anything in it. In
 * *ret_domain `aggregates` and `sagas` are not NULL. ERR_USAGE lists the names. */
MUST_CHECK enum err domain_choose(const struct domain *own, const char *name,
                                  struct domain *ret_domain, struct error *error);
