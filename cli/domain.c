#include "cli/domain.h"

static const struct aggregate *const no_aggregates[] = {NULL};
static const struct saga_kind *const no_sagas[] = {NULL};
static const struct domain_option no_options[] = {{0}};

enum err domain_choose(const struct domain *own, const char *name, struct domain *ret_domain,
                       struct error *error)
{
    bool none = strcmp(name, "none") == 0;
    if (!none && strcmp(name, own->name) != 0)
        return error_set(error, ERR_USAGE, "--domain %s: must be %s or none", name, own->name);
    *ret_domain = none ? (struct domain){.name = "none"} : *own;
    if (!ret_domain->aggregates)
        ret_domain->aggregates = no_aggregates;
    if (!ret_domain->sagas)
        ret_domain->sagas = no_sagas;
    if (!ret_domain->options)
        ret_domain->options = no_options;
    return OK;
}

bool domain_has_read_models(const struct domain *domain)
{
    return domain->read_models && domain->read_models[0].name;
}
