#include "sagas/saga_row.h"

#include "base/utf8.h"

void saga_row_finish(struct saga_row *row)
{
    json_decref(row->facts);
    row->facts = NULL;
    text_finish(&row->facts_text);
    text_finish(&row->notes);
}

/* Line ends and tabs separate; in `what` they become spaces. */
void saga_row_note(struct saga_row *row, const char *kind, const char *what)
{
    text_printf(&row->notes, "%s\t", kind);
    size_t begin = row->notes.length;
    text_add(&row->notes, what);
    for (size_t i = begin; i < row->notes.length; i++)
        if (row->notes.at[i] == '\n' || row->notes.at[i] == '\t')
            row->notes.at[i] = ' ';
    text_add_char(&row->notes, '\n');
}

static void copy(const struct statement *statement, int column, char *out, size_t bytes)
{
    utf8_copy(statement_text(statement, column), out, bytes);
}

enum err saga_row_read(struct saga_row *row, const struct statement *read, struct error *error)
{
    row->number = statement_int(read, 0);
    copy(read, 1, row->saga, sizeof row->saga);
    copy(read, 2, row->id, sizeof row->id);
    row->version = statement_int(read, 3);
    bool known = saga_phase_read(statement_text(read, 4).at, &row->phase);
    copy(read, 5, row->step, sizeof row->step);
    copy(read, 6, row->reason, sizeof row->reason);
    row->counted = row->phase;
    row->due = statement_int(read, 8) != 0;
    row->pending = statement_int(read, 9);
    row->abandoned = statement_int(read, 10) != 0;
    row->sent = statement_int(read, 11);
    row->told = statement_int(read, 12);
    copy(read, 13, row->correlation, sizeof row->correlation);
    copy(read, 14, row->traceparent, sizeof row->traceparent);
    row->wakes_us = statement_int(read, 15);
    text_add_slice(&row->facts_text, statement_text(read, 7));
    if (!known)
        return error_set(error, ERR_CORRUPT, "the row of %s %s has an unknown phase", row->saga,
                         row->id);
    enum err err = json_read_stored(text_slice(&row->facts_text), ERR_CORRUPT, &row->facts, error);
    return err ? error_add_context(error, err, "the facts of %s %s", row->saga, row->id) : OK;
}
