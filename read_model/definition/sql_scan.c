#include "read_model/definition/sql_scan.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_with(const struct sql_scan *scan, const char *prefix)
{
    size_t length = strlen(prefix);
    return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, prefix, length) == 0;
}

static void advance(struct sql_scan *scan, size_t bytes)
{
    for (; bytes > 0; bytes--)
        scan->line += *scan->at++ == '\n';
}

static void skip_line_comment(struct sql_scan *scan)
{
    while (scan->at < scan->end && *scan->at != '\n')
        scan->at++;
}

static void skip_block_comment(struct sql_scan *scan)
{
    advance(scan, 2);
    while (scan->at < scan->end && !starts_with(scan, "*/"))
        advance(scan, 1);
    if (scan->at < scan->end)
        advance(scan, 2);
}

static void skip_spaces(struct sql_scan *scan)
{
    while (scan->at < scan->end) {
        if (is_space(*scan->at))
            advance(scan, 1);
        else if (starts_with(scan, "--"))
            skip_line_comment(scan);
        else if (starts_with(scan, "/*"))
            skip_block_comment(scan);
        else
            return;
    }
}

/* The length of the quoted text at `at`, with both quotes; 0 if it is unterminated. */
static size_t quoted_length(const char *at, const char *end, char close)
{
    for (const char *c = at + 1; c < end; c++) {
        if (*c != close)
            continue;
        if (close == ']' || c + 1 == end || c[1] != close)
            return (size_t)(c + 1 - at);
        c++;
    }
    return 0;
}

static size_t word_length(const char *at, const char *end)
{
    const char *c = at;
    while (c < end && is_word(*c))
        c++;
    return (size_t)(c - at);
}

static size_t number_length(const char *at, const char *end)
{
    const char *c = at;
    while (c < end &&
           (is_word(*c) || *c == '.' || ((*c == '+' || *c == '-') && (c[-1] | 0x20) == 'e')))
        c++;
    return (size_t)(c - at);
}

static size_t operator_length(const struct sql_scan *scan)
{
    static const char *const longer[] = {"->>", "->", "||", "<=", ">=", "<>",
                                         "!=",  "==", "<<", ">>", NULL};
    for (const char *const *operator= longer; *operator; operator++)
        if (starts_with(scan, *operator))
            return strlen(*operator);
    return 1;
}

/* Kind and length of the token that begins here. */
static enum sql_token_kind recognise(const struct sql_scan *scan, size_t *ret_length)
{
    const char *at = scan->at, *end = scan->end;
    bool more = at + 1 < end;
    if (*at == '\'' || *at == '"' || *at == '`' || *at == '[') {
        *ret_length = quoted_length(at, end, *at == '[' ? ']' : *at);
        return *at == '\'' ? SQL_TOKEN_STRING : SQL_TOKEN_NAME;
    }
    if ((*at == 'x' || *at == 'X') && more && at[1] == '\'') {
        size_t quoted = quoted_length(at + 1, end, '\'');
        *ret_length = quoted ? quoted + 1 : 0;
        return SQL_TOKEN_NUMBER;
    }
    if (is_digit(*at) || (*at == '.' && more && is_digit(at[1]))) {
        *ret_length = number_length(at, end);
        return SQL_TOKEN_NUMBER;
    }
    if (*at == '?' || *at == '$' || ((*at == ':' || *at == '@') && more && is_word(at[1]))) {
        *ret_length = 1 + word_length(at + 1, end);
        return SQL_TOKEN_PARAMETER;
    }
    if (is_word(*at)) {
        *ret_length = word_length(at, end);
        return SQL_TOKEN_WORD;
    }
    *ret_length = operator_length(scan);
    return SQL_TOKEN_OPERATOR;
}

struct sql_token sql_scan_next(struct sql_scan *scan)
{
    skip_spaces(scan);
    struct sql_token token = {SQL_TOKEN_END, {scan->at, 0}, scan->line};
    if (scan->at == scan->end)
        return token;
    size_t length = 0;
    token.kind = recognise(scan, &length);
    if (length == 0) {
        token.kind = SQL_TOKEN_BROKEN;
        length = (size_t)(scan->end - scan->at);
    }
    token.text.length = length;
    advance(scan, length);
    return token;
}

static bool is_semicolon(const struct sql_token *token)
{
    return token->kind == SQL_TOKEN_OPERATOR && slice_is(token->text, ";");
}

bool sql_scan_statement(struct sql_scan *scan, struct slice *ret_text, int *ret_line)
{
    struct sql_token token = sql_scan_next(scan);
    while (is_semicolon(&token))
        token = sql_scan_next(scan);
    if (token.kind == SQL_TOKEN_END)
        return false;
    *ret_line = token.line;
    const char *start = token.text.at, *end = start;
    for (; token.kind != SQL_TOKEN_END && !is_semicolon(&token); token = sql_scan_next(scan))
        end = token.text.at + token.text.length;
    *ret_text = (struct slice){start, (size_t)(end - start)};
    return true;
}

bool sql_scan_is(const struct sql_token *token, const char *word)
{
    return (token->kind == SQL_TOKEN_WORD || token->kind == SQL_TOKEN_OPERATOR) &&
           token->text.length == strlen(word) &&
           strncasecmp(token->text.at, word, token->text.length) == 0;
}

struct slice sql_scan_content(const struct sql_token *token)
{
    if (token->kind == SQL_TOKEN_STRING || token->kind == SQL_TOKEN_NAME)
        return (struct slice){token->text.at + 1, token->text.length - 2};
    return token->text;
}
