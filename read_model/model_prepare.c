/* The one place that turns an offset of SQLite's into a line of the file. */
#include "read_model/model_prepare.h"

static int line_of_offset(const struct model_statement *statement, int offset)
{
    int line = statement->line;
    for (int i = 0; i < offset && statement->sql[i]; i++)
        line += statement->sql[i] == '\n';
    return line;
}

enum err model_prepare(const struct model *model, const struct model_statement *statement,
                       struct guard *guard, struct db *db, struct statement **ret_statement,
                       struct error *error)
{
    int offset = 0;
    struct error why = {0};
    if (!guard_prepare(guard, db, statement->sql, ret_statement, &offset, &why))
        return OK;
    return model_fault(model, line_of_offset(statement, offset), error, "%s", why.text);
}
