/* The one place that quotes a name. */
#include "read_model/definition/table_sql.h"

void table_sql_add_name(const char *name, struct text *out)
{
    text_add_char(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            text_add_char(out, '"');
        text_add_char(out, *name);
    }
    text_add_char(out, '"');
}

void table_sql_add_select(const struct model_table *table, struct text *out)
{
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(out, i == 0 ? "SELECT " : ", ");
        table_sql_add_name(table->columns[i].name, out);
    }
    text_add(out, " FROM ");
    table_sql_add_name(table->name, out);
}
