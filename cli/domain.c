#include "cli/domain.h"

#include "read_model/definition/models.h"

static const struct embedded_file no_files[] = {{0}};
static const struct domain none = {
    .aggregates = (const struct aggregate *const[]){NULL},
    .sagas = (const struct saga_kind *const[]){NULL},
    .schemas = {.events = no_files, .commands = no_files, .upcasters = no_files},
    .read_models = no_files,
};

enum err domain_choose(const struct domain *own, const char *name, const struct domain **ret_domain,
                       struct error *error)
{
    bool ships = !own->aggregates && !own->sagas && !own->schemas.events &&
                 !own->schemas.commands && !own->read_models;
    if (strcmp(name, "shop") != 0 && strcmp(name, "none") != 0)
        return error_set(error, ERR_USAGE, "--domain %s: must be shop or none", name);
    if (strcmp(name, "none") == 0 && !ships)
        return error_set(error, ERR_USAGE,
                         "--domain none: this program has a domain of its own, and runs over that "
                         "alone");
    *ret_domain = strcmp(name, "none") == 0 ? &none : own;
    return OK;
}

void domain_use(const struct domain *domain)
{
    if (domain->aggregates)
        aggregates_use(domain->aggregates);
    if (domain->sagas)
        sagas_use(domain->sagas);
    if (domain->read_models)
        models_use(domain->read_models);
    catalogue_use(&domain->schemas);
}
