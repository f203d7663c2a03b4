#include "projectors/lineage.h"

#include "base/clock.h"
#include "base/embedded.h"
#include "base/statement.h"
#include "projectors/build_statements.h"
#include "projectors/dead_letter_statements.h"

extern const struct embedded_file projectors_files[];

#include <stdio.h>

static void read_boot_id(char id[LINEAGE_BOOT_ID_BYTES])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file || !fgets(id, LINEAGE_BOOT_ID_BYTES, file))
        id[0] = '\0'; /* unknown: equal to no boot */
    id[strcspn(id, "\n")] = '\0';
    if (file)
        fclose(file);
}

enum err lineage_open(struct db *db, struct error *error)
{
    return db_execute(db, embedded_text(projectors_files, "lineage.sql").at, error);
}

enum err lineage_begin(struct db *db, struct error *error)
{
    AUTO(statement) struct statement *begin = NULL;
    char id[LINEAGE_BOOT_ID_BYTES];
    enum err err =
        statement_prepare(db, build_statements[BUILD_STATEMENT_BEGIN].text, &begin, error);
    if (err)
        return err;
    read_boot_id(id);
    statement_bind_text(begin, 1, slice_of(id));
    return statement_run(begin, error);
}

enum err lineage_same_boot(struct db *db, bool *ret_same, struct error *error)
{
    AUTO(statement) struct statement *boot = NULL;
    char id[LINEAGE_BOOT_ID_BYTES];
    bool row = false;
    enum err err = statement_prepare(db, build_statements[BUILD_STATEMENT_BOOT].text, &boot, error);
    if (!err)
        err = statement_step(boot, &row, error);
    if (err)
        return err;
    read_boot_id(id);
    *ret_same = row && id[0] && slice_is(statement_text(boot, 0), id);
    return OK;
}

enum err lineage_is_superseded(struct db *db, const char *definition, bool *ret_superseded,
                               struct error *error)
{
    AUTO(statement) struct statement *is = NULL;
    enum err err =
        statement_prepare(db, build_statements[BUILD_STATEMENT_SUPERSEDED_IS].text, &is, error);
    if (err)
        return err;
    statement_bind_text(is, 1, slice_of(definition));
    return statement_step(is, ret_superseded, error);
}

/* Copies the rows of one query into one INSERT whose parameters are its columns in order. */
static enum err copy_rows(struct db *from, const char *select, struct db *to, const char *insert,
                          struct error *error)
{
    AUTO(statement) struct statement *rows = NULL, *add = NULL;
    enum err err = statement_prepare(from, select, &rows, error);
    if (!err)
        err = statement_prepare(to, insert, &add, error);
    for (bool row = true; !err;) {
        err = statement_step(rows, &row, error);
        if (err || !row)
            break;
        for (int i = 0; i < statement_column_count(rows); i++)
            if (statement_kind(rows, i) == COLUMN_INTEGER)
                statement_bind_int(add, i + 1, statement_int(rows, i));
            else
                statement_bind_text(add, i + 1, statement_text(rows, i));
        err = statement_run(add, error);
    }
    return err;
}

static enum err supersede(struct db *to, const char *old, const char *new, struct error *error)
{
    AUTO(statement) struct statement *add = NULL, *remove = NULL;
    char now[CLOCK_TEXT_BYTES];
    enum err err =
        statement_prepare(to, build_statements[BUILD_STATEMENT_SUPERSEDED_ADD].text, &add, error);
    if (!err)
        err = statement_prepare(to, build_statements[BUILD_STATEMENT_SUPERSEDED_REMOVE].text,
                                &remove, error);
    if (err)
        return err;
    clock_format(clock_now_us(), now);
    statement_bind_text(add, 1, slice_of(old));
    statement_bind_text(add, 2, slice_of(now));
    statement_bind_text(remove, 1, slice_of(new));
    err = statement_run(add, error);
    return err ? err : statement_run(remove, error);
}

enum err lineage_carry(struct db *from, const char *from_definition, struct db *to,
                       const char *to_definition, struct error *error)
{
    enum err err = db_begin(to, error);
    if (!err)
        err = copy_rows(from, dead_letter_statements[DEAD_LETTER_STATEMENT_SKIPPED_ALL].text, to,
                        dead_letter_statements[DEAD_LETTER_STATEMENT_SKIPPED_ADD].text, error);
    if (!err)
        err = copy_rows(from, build_statements[BUILD_STATEMENT_SUPERSEDED_LIST].text, to,
                        build_statements[BUILD_STATEMENT_SUPERSEDED_ADD].text, error);
    if (!err)
        err = supersede(to, from_definition, to_definition, error);
    if (!err)
        err = db_commit(to, error);
    if (err)
        db_rollback(to);
    return err;
}
