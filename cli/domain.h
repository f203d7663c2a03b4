/* A domain: what a program decides, does and shows. Roles and tasks are the same over any. It is
 * one constant value, handed to annal_main(); each module gets its part of it as a parameter.
 */
#pragma once

#include "base/embedded.h"
#include "sagas/saga.h"
#include "schema/catalogue/catalogue.h"
#include "write_model/aggregate.h"

/* An option of the command line that a domain adds to `saga`, and to `up`, which hands it on. Its
 * value reaches the sagas that begin (struct saga_kind). It must not have the name or the variable
 * of one in cli/options.def. */
struct domain_option {
    const char *name;     /* "hold-days": --hold-days */
    const char *variable; /* "TRAVEL_HOLD_DAYS": of the environment; never NULL */
    const char *argument; /* "DAYS", for --help */
    const char *fallback; /* "3" */
    const char *help;
    int64_t least, most; /* a whole number in this range; both 0: any text */
};

#define DOMAIN_OPTIONS_MOST 16

struct domain {
    const char *name; /* "shop", for --domain; never NULL, and not "none" */
    /* Each closed by NULL; NULL itself: none. */
    const struct aggregate *const *aggregates;
    const struct saga_kind *const *sagas; /* of one name, the newest version first */
    /* Files of the program, made into tables by embed.py; NULL: none. --schemas and --models add to
     * them. */
    struct catalogue_files schemas;
    const struct embedded_file *read_models;
    const struct domain_option *options; /* closed by a NULL name, at most DOMAIN_OPTIONS_MOST */
};

/* What --domain names: the program's own, or "none", a domain without anything in it. In
 * *ret_domain `aggregates`, `sagas` and `options` are not NULL. ERR_USAGE lists the names. */
MUST_CHECK enum err domain_choose(const struct domain *own, const char *name,
                                  struct domain *ret_domain, struct error *error);

/* False if the domain brings none: those of --models are not part of it. */
bool domain_has_read_models(const struct domain *domain);
