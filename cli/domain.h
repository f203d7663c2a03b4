/* A domain: the aggregates, sagas, schemas and read models of a program. Roles and tasks are the
 * same for every domain. It is one constant value, passed to annal_main(); each module gets its part of it
 * as a parameter. */
#pragma once

#include "base/embedded.h"
#include "sagas/saga.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* An option that a domain adds to `saga`, and to `up`, which passes it on. Its value reaches the
 * sagas that begin (struct saga_kind). Its name and variable must differ from those in
 * cli/options.def. */
struct domain_option {
    const char *name;     /* "hold-days": --hold-days */
    const char *variable; /* environment variable, "TRAVEL_HOLD_DAYS"; never NULL */
    const char *argument; /* "DAYS", for --help */
    const char *fallback; /* "3" */
    const char *help;
    int64_t least, most; /* an integer in this range; both 0: any text */
};

#define DOMAIN_OPTIONS_MOST 16

struct domain {
    const char *name; /* "shop", for --domain; never NULL, and not "none" */
    /* Arrays that end with NULL; a NULL pointer: none. */
    const struct aggregate *const *aggregates;
    const struct saga_kind *const *sagas; /* versions of a name: the newest first */
    /* Files of the program, made into tables by embed.py; NULL: none. --schemas and --models add to
     * them. */
    struct catalogue_files schemas;
    const struct embedded_file *read_models;
    const struct domain_option *options; /* closed by a NULL name, at most DOMAIN_OPTIONS_MOST */
};

/* Sets *ret_domain to the domain that --domain names: the program's, or "none", the empty one. In
 * *ret_domain `aggregates`, `sagas` and `options` are not NULL. ERR_USAGE lists the names. */
MUST_CHECK enum err domain_choose(const struct domain *own, const char *name,
                                  struct domain *ret_domain, struct error *error);

/* False if the domain has no read models; those of --models are not part of it. */
bool domain_has_read_models(const struct domain *domain);
