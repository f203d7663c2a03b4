#include "cli/domain.h"

#include "read_model/models.h"

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
