/* The one place that turns what SQLite says of a fault into a line of the file. */
#include "read_model/definition/model_prepare.h"

#include "read_model/definition/sql_scan.h"

static int line_of_offset(const struct model_statement *statement, int offset)
{
    int line = statement->line;
    for (int i = 0; i < offset && statement->sql[i]; i++)
        line += statement->sql[i] == '\n';
    return line;
}

/* Where the word stands; the statement's first line if it is not there. */
static int line_of_word(const struct model_statement *statement, const char *word)
{
    struct sql_scan scan = sql_scan_begin(slice_of(statement->sql), statement->line);
    struct sql_token token;
    do {
        token = sql_scan_next(&scan);
        if (sql_scan_is(&token, word))
            return token.line;
    } while (token.kind != SQL_TOKEN_END);
    return statement->line;
}

/* SQLite does not always say where; then its message ends with the name: "no such column: n". */
static int line_of_fault(const struct model_statement *statement, const struct guard *guard,
                         int offset, const char *message)
{
    const char *space = strrchr(message, ' ');
    if (guard->subject[0])
        return line_of_word(statement, guard->subject);
    if (offset >= 0 || !space)
        return line_of_offset(statement, offset);
    return line_of_word(statement, space + 1);
}

enum err model_prepare(const struct model *model, const struct model_statement *statement,
                       struct guard *guard, struct db *db, struct statement **ret_statement,
                       struct error *error)
{
    int offset = 0;
    struct error why = {0};
    if (!guard_prepare(guard, db, statement->sql, ret_statement, &offset, &why))
        return OK;
    bool no_table = strncmp(why.text, "no such table: ", 15) == 0;
    return model_fault(model, line_of_fault(statement, guard, offset, why.text), error, "%s%s",
                       why.text, no_table ? "; a read model sees its own tables only" : "");
}
