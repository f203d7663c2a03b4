/* SQL is cut where SQLite cuts it. */
#include "read_model/definition/sql_scan.h"
#include "tests/support/claims.h"

/* The tokens with '|' between them, each with the first letter of its kind. */
static void write_tokens(const char *sql, struct text *out)
{
    static const char kinds[] = "EWNSDPOB";
    struct sql_scan scan = sql_scan_begin(slice_of(sql), 1);
    for (;;) {
        struct sql_token token = sql_scan_next(&scan);
        if (token.kind == SQL_TOKEN_END)
            return;
        text_printf(out, "%s%c:%.*s", out->length ? "|" : "", kinds[token.kind], SLICE(token.text));
    }
}

static void text_is_cut_into_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *tokens;
    } cases[] = {
        {"", ""},
        {" \t\r\n-- only a comment", ""},
        {"/* a */ /**/ /* 'b", ""},
        {"SELECT a1, _b FROM t$", "W:SELECT|W:a1|O:,|W:_b|W:FROM|W:t$"},
        {"'a' 'it''s' ''", "S:'a'|S:'it''s'|S:''"},
        {"\"a\"\"b\" `c` [d e]", "N:\"a\"\"b\"|N:`c`|N:[d e]"},
        {"1 1.5 .5 1e10 1.5E-3 0x1F x'00ff' X'AB'",
         "D:1|D:1.5|D:.5|D:1e10|D:1.5E-3|D:0x1F|D:x'00ff'|D:X'AB'"},
        {":a ?1 ? @b $c", "P::a|P:?1|P:?|P:@b|P:$c"},
        {"a->>'b'->'c'", "W:a|O:->>|S:'b'|O:->|S:'c'"},
        {"a||b<=c<>d!=e==f<<g", "W:a|O:|||W:b|O:<=|W:c|O:<>|W:d|O:!=|W:e|O:==|W:f|O:<<|W:g"},
        {"a-1 --b\n-c", "W:a|O:-|D:1|O:-|W:c"},
        {"a/*b*//c", "W:a|O:/|W:c"},
        {"größe", "W:größe"},
        {"'open", "B:'open"},
        {"a \"open", "W:a|B:\"open"},
        {"x'12", "B:x'12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO(text) struct text tokens = {0};
        text_add(&tokens, "");
        write_tokens(cases[i].sql, &tokens);
        assert_string_equal(text_slice(&tokens).at, cases[i].tokens);
    }
}

static void statements_end_at_semicolons_that_are_not_quoted(void **state)
{
    (void)state;
    struct sql_scan scan =
        sql_scan_begin(slice_of(";;\n-- first;\nA ';' \"a;b\" /* ; */ b ;\n\nC; -- rest\n; D"), 10);
    struct slice text;
    int line = 0;
    assert_true(sql_scan_statement(&scan, &text, &line));
    assert_true(slice_is(text, "A ';' \"a;b\" /* ; */ b"));
    assert_int_equal(line, 12);
    assert_true(sql_scan_statement(&scan, &text, &line));
    assert_true(slice_is(text, "C"));
    assert_int_equal(line, 14);
    assert_true(sql_scan_statement(&scan, &text, &line));
    assert_true(slice_is(text, "D"));
    assert_int_equal(line, 15);
    assert_false(sql_scan_statement(&scan, &text, &line));
}

static void lines_are_counted_inside_tokens_too(void **state)
{
    (void)state;
    struct sql_scan scan = sql_scan_begin(slice_of("'a\nb'\n/* c\n */ d"), 1);
    assert_int_equal(sql_scan_next(&scan).line, 1);
    assert_int_equal(sql_scan_next(&scan).line, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_into_tokens),
        cmocka_unit_test(statements_end_at_semicolons_that_are_not_quoted),
        cmocka_unit_test(lines_are_counted_inside_tokens_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
