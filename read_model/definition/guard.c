/* An authorizer with positive lists: everything that is not listed here is rejected. */
#include "read_model/definition/guard.h"

#include "base/statement.h"
#include "read_model/definition/sql_scan.h"
#include "read_model/generation_statements.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <strings.h>

#define JULIAN_EPOCH_MS INT64_C(210866760000000) /* 1970 in milliseconds of the Julian day */
#define DAY_MS          86400000.0

static const char vfs_name[] = "annal-read-model";
static _Thread_local int64_t now_us;

#define STEPS_BETWEEN_LOOKS 1000000
#define LOOKS_MOST          1000 /* several seconds of one statement's work */
#define NO_LIMIT            -1

static int looks_most = LOOKS_MOST;
static _Thread_local int looks_left = NO_LIMIT; /* 0: the limit is reached */

static const char *const functions[] = {
#define FUNCTION(name) #name,
#include "read_model/definition/guard_functions.def"
#undef FUNCTION
    "->",
    "->>",
};

bool guard_allows_function(struct slice name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (name.length == strlen(functions[i]) &&
            strncasecmp(name.at, functions[i], name.length) == 0)
            return true;
    return false;
}

const char guard_why_not_function[] =
    "() is not allowed: its result may differ from run to run, or from machine to machine";

/* The first reason is kept: the later calls of SQLite follow from the first rejection. */
static int refuse(struct guard *guard, const char *subject, const char *before, const char *after)
{
    if (guard->reason[0] == '\0') {
        snprintf(guard->reason, sizeof guard->reason, "%s%s%s", before, subject, after);
        snprintf(guard->subject, sizeof guard->subject, "%s", subject);
    }
    return SQLITE_DENY;
}

static int judge_function(struct guard *guard, const char *name)
{
    if (guard_allows_function(slice_of(name)))
        return SQLITE_OK;
    return refuse(guard, name, "the function ", guard_why_not_function);
}

static bool is_json_table(const char *name)
{
    return strcmp(name, "json_each") == 0 || strcmp(name, "json_tree") == 0;
}

/* The token after a pair of parentheses, if one follows; else the next token. */
static struct sql_token skip_parentheses(struct sql_scan *scan)
{
    struct sql_token token = sql_scan_next(scan);
    if (!sql_scan_is(&token, "("))
        return token;
    for (int depth = 1; depth > 0 && token.kind != SQL_TOKEN_END;) {
        token = sql_scan_next(scan);
        depth += sql_scan_is(&token, "(") - sql_scan_is(&token, ")");
    }
    return sql_scan_next(scan);
}

/* Names of the file's internal tables, and functions that are read like tables. */
static bool is_kept_name(const char *name)
{
    return strncasecmp(name, "annal_", 6) == 0 || strncasecmp(name, "sqlite_", 7) == 0 ||
           strncasecmp(name, "pragma_", 7) == 0;
}

/* True if the statement defines the name: WITH name AS (…), or name (a, b) AS (…). */
static bool is_made_by_with(const struct guard *guard, const char *name)
{
    if (is_kept_name(name))
        return false;
    struct sql_scan scan = sql_scan_begin(slice_of(guard->sql ? guard->sql : ""), 1);
    struct sql_token token = sql_scan_next(&scan);
    for (; token.kind != SQL_TOKEN_END; token = sql_scan_next(&scan)) {
        struct slice word = sql_scan_content(&token);
        if (word.length != strlen(name) || strncasecmp(word.at, name, word.length) != 0)
            continue;
        struct sql_scan behind = scan;
        struct sql_token as = skip_parentheses(&behind), open = sql_scan_next(&behind);
        if (sql_scan_is(&as, "AS") && (sql_scan_is(&open, "(") || sql_scan_is(&open, "NOT") ||
                                       sql_scan_is(&open, "MATERIALIZED")))
            return true;
    }
    return false;
}

static int judge_table(struct guard *guard, const char *name, bool writes)
{
    for (size_t i = 0; i < guard->table_count; i++)
        if (strcasecmp(name, guard->tables[i].name) == 0)
            return SQLITE_OK;
    if (!writes && is_json_table(name))
        return SQLITE_OK;
    return refuse(guard, name, "", " is not a table of this model");
}

static int judge_schema(struct guard *guard, int action, const char *name)
{
    switch (action) {
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_REINDEX: /* the filling of a new index */
    case SQLITE_READ:    /* the columns of the table: a CREATE without a SELECT reads no others */
        return SQLITE_OK;
    case SQLITE_INSERT:
    case SQLITE_UPDATE: /* what CREATE itself writes */
        if (strcmp(name, "sqlite_master") == 0)
            return SQLITE_OK;
    }
    return refuse(guard, "", "`-- schema` takes CREATE TABLE and CREATE INDEX, nothing else", "");
}

/* If no column of the rows is read, `column` is "", and `table` may be the name of a WITH. */
static int judge_read(struct guard *guard, const char *table, const char *column)
{
    if (column[0] == '\0' && is_made_by_with(guard, table))
        return SQLITE_OK;
    bool internal = strcmp(column, "id") == 0 || strcmp(column, "parent") == 0;
    if (guard->mode == GUARD_HANDLER && internal && is_json_table(table))
        return refuse(guard, column, "",
                      " is an internal number of SQLite and may differ between versions; use "
                      "key, fullkey or path");
    return judge_table(guard, table, false);
}

static int judge_access(struct guard *guard, int action, const char *name, const char *column)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        return judge_read(guard, name, column);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
        if (guard->mode == GUARD_HANDLER)
            return judge_table(guard, name, true);
        return refuse(guard, name, "a query must not write to ", "");
    case SQLITE_PRAGMA:
        return refuse(guard, name, "PRAGMA ", " is not allowed");
    default:
        return refuse(guard, "", "this kind of statement is not allowed", "");
    }
}

static int judge(void *context, int action, const char *first, const char *second,
                 const char *database, const char *trigger)
{
    struct guard *guard = context;
    (void)database, (void)trigger;
    if (action == SQLITE_FUNCTION)
        return judge_function(guard, second);
    if (guard->mode == GUARD_HANDLER && (action == SQLITE_READ || action == SQLITE_UPDATE) &&
        strcmp(second, "ROWID") == 0) /* not a column: an INTEGER PRIMARY KEY has its own name */
        return refuse(
            guard, "rowid", "",
            " is internal to the file and may differ after a rebuild; use the primary key");
    const char *name = first ? first : "";
    return guard->mode == GUARD_SCHEMA ? judge_schema(guard, action, name)
                                       : judge_access(guard, action, name, second ? second : "");
}

/* SQLite creates the tables json_each and json_tree when a statement first names them, and calls
 * the authorizer as for a write to the schema. So they are named once before the authorizer is
 * set. */
enum err guard_begin(struct guard *guard, struct db *db, struct error *error)
{
    enum err err =
        db_execute(db, generation_statements[GENERATION_STATEMENT_MAKE_JSON_TABLES].text, error);
    if (err)
        return err;
    guard->reason[0] = '\0';
    sqlite3_set_authorizer(db_handle(db), judge, guard);
    return OK;
}

void guard_end(struct db *db)
{
    sqlite3_set_authorizer(db_handle(db), NULL, NULL);
}

/* SQLite's message, or the guard's reason. */
static enum err try_prepare(struct guard *guard, struct db *db, const char *sql,
                            struct statement **ret_statement, struct error *error)
{
    guard->reason[0] = guard->subject[0] = '\0';
    guard->sql = sql;
    enum err err = statement_prepare(db, sql, ret_statement, error);
    guard->sql = NULL;
    if (!err)
        return OK;
    return error_set(error, ERR_DEFINITION, "%s",
                     guard->reason[0] ? guard->reason : sqlite3_errmsg(db_handle(db)));
}

static int line_of_offset(const struct model_statement *statement, int offset)
{
    int line = statement->line;
    for (int i = 0; i < offset && statement->sql[i]; i++)
        line += statement->sql[i] == '\n';
    return line;
}

/* The line of the word; the first line of the statement if it does not contain the word. */
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

/* SQLite does not always report an offset; then its message ends with the name: "no such column: n". */
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

enum err guard_prepare(struct guard *guard, struct db *db, const struct model *model,
                       const struct model_statement *statement, struct statement **ret_statement,
                       struct error *error)
{
    struct error why = {0};
    if (!try_prepare(guard, db, statement->sql, ret_statement, &why))
        return OK;
    int line = line_of_fault(statement, guard, db_error_offset(db), why.text);
    bool no_table = strncmp(why.text, "no such table: ", 15) == 0;
    return model_fault(model, line, error, "%s%s", why.text,
                       no_table ? "; a read model sees its own tables only" : "");
}

static int now_as_julian_ms(sqlite3_vfs *vfs, sqlite3_int64 *ret_ms)
{
    (void)vfs;
    *ret_ms = JULIAN_EPOCH_MS + now_us / 1000;
    return SQLITE_OK;
}

static int now_as_julian_day(sqlite3_vfs *vfs, double *ret_day)
{
    sqlite3_int64 ms;
    (void)now_as_julian_ms(vfs, &ms);
    *ret_day = (double)ms / DAY_MS;
    return SQLITE_OK;
}

static void register_vfs(void)
{
    static sqlite3_vfs vfs;
    const sqlite3_vfs *usual = sqlite3_vfs_find(joining_vfs());
    REQUIRE(usual && usual->iVersion >= 2);
    vfs = *usual;
    vfs.zName = vfs_name;
    vfs.pNext = NULL;
    vfs.xCurrentTime = now_as_julian_day;
    vfs.xCurrentTimeInt64 = now_as_julian_ms;
    REQUIRE(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
    sqlite3_test_control(SQLITE_TESTCTRL_LOCALTIME_FAULT, 1);
}

const char *guard_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_vfs);
    return vfs_name;
}

void guard_enter_event(int64_t us)
{
    now_us = us;
    looks_left = looks_most;
}

void guard_leave_event(void)
{
    looks_left = NO_LIMIT;
}

static int look_at_limit(void *context)
{
    (void)context;
    if (looks_left > 0)
        looks_left--;
    return looks_left == 0;
}

void guard_limit(struct db *db)
{
    sqlite3_progress_handler(db_handle(db), STEPS_BETWEEN_LOOKS, look_at_limit, NULL);
}

bool guard_limit_reached(void)
{
    return looks_left == 0;
}

void guard_limit_set_for_test(int million_steps)
{
    looks_most = million_steps ? million_steps : LOOKS_MOST;
}
