/* Splits SQL text into tokens as SQLite does, each with its line, for the checks that precede
 * SQLite's. Never reads outside the slice, whatever the text. */
#pragma once

#include "base/slice.h"

enum sql_token_kind {
    SQL_TOKEN_END,
    SQL_TOKEN_WORD,      /* a keyword or name: SELECT, account_id */
    SQL_TOKEN_NAME,      /* a quoted name: "a", [a], `a` */
    SQL_TOKEN_STRING,    /* 'a' */
    SQL_TOKEN_NUMBER,    /* 12, 1.5e3, and blobs x'00' */
    SQL_TOKEN_PARAMETER, /* :a, ?1, @a, $a */
    SQL_TOKEN_OPERATOR,  /* ->>, ||, ( */
    SQL_TOKEN_BROKEN,    /* an unterminated string or name */
};

struct sql_token {
    enum sql_token_kind kind;
    struct slice text; /* with its quotes or colon */
    int line;
};

struct sql_scan {
    const char *at, *end;
    int line;
};

static inline struct sql_scan sql_scan_begin(struct slice text, int line)
{
    return (struct sql_scan){text.at, text.at + text.length, line};
}

/* The next token after spaces and comments; SQL_TOKEN_END at the end. */
struct sql_token sql_scan_next(struct sql_scan *scan);

/* The next statement, from its first token to its last, without the semicolon. False at the end. */
bool sql_scan_statement(struct sql_scan *scan, struct slice *ret_text, int *ret_line);

/* True if the token is the keyword or name `word`, in any case of letters, not quoted. */
bool sql_scan_is(const struct sql_token *token, const char *word);

/* A string or quoted name without its quotes; doubled quotes inside stay doubled. Of other tokens,
 * their text. */
struct slice sql_scan_content(const struct sql_token *token);
