/* The hot path of every read: the labels are prepared once, a row is copied once. A text that is
 * not valid UTF-8, which SQL can produce, is written with U+FFFD for each invalid byte, so that the
 * answer is always well-formed JSON. */
#include "read_model/query/row_statement.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/json_text.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

bool row_statement_write_real(double number, struct text *out)
{
    char digits[40];
    if (!isfinite(number))
        return false;
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    text_add(out, digits);
    if (!strpbrk(digits, ".e"))
        text_add(out, ".0");
    return true;
}

void row_statement_repair(struct slice text, struct text *out)
{
    while (text.length > 0) {
        size_t good = 1;
        while (good <= 4 && good <= text.length && !utf8_is_valid((struct slice){text.at, good}))
            good++;
        bool bad = good > 4 || good > text.length;
        text_add_slice(out, bad ? slice_of("\xef\xbf\xbd") : (struct slice){text.at, good});
        good = bad ? 1 : good;
        text = (struct slice){text.at + good, text.length - good};
    }
}

static enum err check(const struct row_statement *row, struct error *error)
{
    if (row->count == 0 || !statement_is_readonly(row->statement))
        return error_set(error, ERR_DEFINITION, "the statement is not a SELECT");
    for (size_t i = 0; i < row->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(statement_column_name(row->statement, (int)i),
                       statement_column_name(row->statement, (int)j)) == 0)
                return error_set(error, ERR_DEFINITION,
                                 "two columns are named %s; rename one with AS",
                                 statement_column_name(row->statement, (int)i));
    return OK;
}

static void make_labels(struct row_statement *row)
{
    size_t *ends = calloc(row->count, sizeof *ends);
    row->labels = calloc(row->count, sizeof *row->labels);
    REQUIRE(ends && row->labels);
    for (size_t i = 0; i < row->count; i++) {
        text_add_char(&row->label_text, i == 0 ? '{' : ',');
        json_text_quote(&row->label_text, slice_of(statement_column_name(row->statement, (int)i)));
        text_add_char(&row->label_text, ':');
        ends[i] = row->label_text.length;
    }
    for (size_t i = 0, begin = 0; i < row->count; begin = ends[i++])
        row->labels[i] = (struct slice){row->label_text.at + begin, ends[i] - begin};
    free(ends);
}

enum err row_statement_prepare(struct db *db, const char *sql, size_t shown,
                               struct row_statement **ret, struct error *error)
{
    AUTO(row_statement) struct row_statement *row = calloc(1, sizeof *row);
    REQUIRE(row);
    enum err err = statement_prepare(db, sql, &row->statement, error);
    if (err)
        return err;
    row->count = shown ? shown : (size_t)statement_column_count(row->statement);
    err = check(row, error);
    if (err)
        return err;
    make_labels(row);
    *ret = row;
    row = NULL;
    return OK;
}

void row_statement_close(struct row_statement *row)
{
    if (!row)
        return;
    statement_close(row->statement);
    text_finish(&row->label_text);
    free(row->labels);
    free(row);
}

static void add_repaired(struct text *out, struct slice text)
{
    AUTO(text) struct text repaired = {0};
    row_statement_repair(text, &repaired);
    json_text_quote(out, text_slice(&repaired));
}

static void add_text(struct text *out, struct slice text)
{
    if (utf8_is_valid(text))
        json_text_quote(out, text);
    else
        add_repaired(out, text);
}

static void add_value(struct text *out, const struct statement *statement, int column)
{
    switch (statement_kind(statement, column)) {
    case COLUMN_NULL:
        text_add_bytes(out, "null", 4);
        break;
    case COLUMN_INTEGER:
        text_add_int(out, statement_int(statement, column));
        break;
    case COLUMN_REAL:
        if (!row_statement_write_real(statement_real(statement, column), out))
            text_add(out, "null");
        break;
    case COLUMN_TEXT:
        add_text(out, statement_text(statement, column));
        break;
    case COLUMN_BLOB:
        text_add_char(out, '"');
        encoding_write_base64(statement_blob(statement, column), out);
        text_add_char(out, '"');
        break;
    }
}

void row_statement_write(const struct row_statement *row, struct text *out)
{
    for (size_t i = 0; i < row->count; i++) {
        text_add_slice(out, row->labels[i]);
        add_value(out, row->statement, (int)i);
    }
    text_add_char(out, '}');
}

/* The entries are few enough that comparing them all costs less than preparing one statement. */
struct row_statement *row_statement_find(struct row_cache *cache, struct slice sql)
{
    uint64_t hash = hash_bytes(0, sql);
    for (size_t i = 0; i < cache->count; i++) {
        struct row_cache_entry *entry = &cache->entries[i];
        if (entry->hash != hash || !slice_is(sql, entry->sql))
            continue;
        entry->used = ++cache->clock;
        return entry->row;
    }
    return NULL;
}

static void close_entry(struct row_cache_entry *entry)
{
    row_statement_close(entry->row);
    free(entry->sql);
    *entry = (struct row_cache_entry){0};
}

static struct row_cache_entry *take_entry(struct row_cache *cache)
{
    if (cache->count < ROW_CACHE_MOST)
        return &cache->entries[cache->count++];
    struct row_cache_entry *oldest = cache->entries;
    for (size_t i = 1; i < cache->count; i++)
        if (cache->entries[i].used < oldest->used)
            oldest = &cache->entries[i];
    close_entry(oldest);
    return oldest;
}

void row_statement_keep(struct row_cache *cache, struct slice sql, struct row_statement *take_row)
{
    struct row_cache_entry *entry = take_entry(cache);
    entry->hash = hash_bytes(0, sql);
    entry->used = ++cache->clock;
    entry->sql = strndup(sql.at, sql.length);
    entry->row = take_row;
    REQUIRE(entry->sql);
}

void row_statement_clear(struct row_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        close_entry(&cache->entries[i]);
    cache->count = 0;
}
