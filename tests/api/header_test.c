/* The parsers of headers and query strings, without a server. */
#include "api/precondition.h"
#include "api/query_string.h"
#include "api/write_headers.h"
#include "http/header_value.h"
#include "http/idempotency_key.h"
#include "http/media_type.h"
#include "http/waiting.h"
#include "telemetry/trace_context.h"
#include "tests/support/claims.h"
#include "write_model/command_request.h"

AUTO_FINISH(http_request, struct http_request, http_request_finish)

static void media_types_are_compared_without_case_and_parameters(void **state)
{
    (void)state;
    assert_true(media_type_is("application/json", "application/json"));
    assert_true(media_type_is("Application/JSON ; charset=\"UTF-8\"; x=y", "application/json"));
    assert_false(media_type_is("application/json; charset=latin1", "application/json"));
    assert_false(media_type_is("application/jsonp", "application/json"));
    assert_false(media_type_is("", "application/json"));
    assert_false(media_type_is(NULL, "application/json"));
    assert_true(media_type_begins("APPLICATION/cloudevents-batch+json", "application/cloudevents"));
    assert_false(media_type_begins("application/cloud", "application/cloudevents"));
}

static void accept_excludes_types_that_it_omits_or_gives_quality_0(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        bool accepted;
    } cases[] = {
        {"*/*", true},
        {"", true},
        {"application/json", true},
        {"APPLICATION/*", true},
        {"text/html, application/*;q=0.1", true},
        {"text/html", false},
        {"text/html,", false},
        {"application/json;q=0", false},
        {"application/json;q=0.000, */*", false},
        {"*/*;q=0, application/json", true},
        {"application/problem+json", false},
        {"application/jso", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (media_type_accepts(cases[i].accept, "application/json") != cases[i].accepted)
            fail_msg("Accept: %s", cases[i].accept);
}

static void a_content_coding_is_taken_unless_it_is_ruled_out(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        bool taken;
    } cases[] = {
        {NULL, true},
        {"gzip", true},
        {"deflate, GZip;q=0.1, br", true},
        {"*", true},
        {"identity;q=0.5, *;q=0.1", true},
        {"", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"*, gzip;q=0.000", false},
        {"br, *;q=0", false},
        {"gzipped", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (header_value_accepts(cases[i].accept, "gzip") != cases[i].taken)
            fail_msg("Accept-Encoding: %s", cases[i].accept);
    }
}

static void accept_chooses_by_quality_then_by_name_then_by_our_liking(void **state)
{
    (void)state;
    static const char *const types[] = {"application/json", "application/x-ndjson", "text/csv",
                                        NULL};
    static const struct {
        const char *accept;
        int chosen;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"*/*", 0},
        {"text/csv", 2},
        {"Text/CSV;charset=utf-8", 2},
        {"text/*", 2},
        {"text/csv, application/json", 0},
        {"text/csv, */*", 2},
        {"text/csv, */*;q=0.1", 2},
        {"text/csv;q=0.5, */*;q=0.9", 0},
        {"application/json;q=0.5, text/csv;q=0.51", 2},
        {"application/json;q=0.999, application/x-ndjson", 1},
        {"application/*;q=0.8, application/json;q=0, text/csv;q=0.7", 1},
        {"*/*, application/json;q=0", 1},
        {"*/*;q=0", -1},
        {"text/html, image/*", -1},
        {"text/csv;q=0", -1},
        {"application/json;q=0.0001, text/csv;q=0.001", 2},
        {"application/json;q=x", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (media_type_choose(cases[i].accept, types) != cases[i].chosen)
            fail_msg("Accept: %s: %d", cases[i].accept, media_type_choose(cases[i].accept, types));
}

static void an_expected_version_is_read_from_if_match(void **state)
{
    (void)state;
    static const struct {
        const char *match, *none_match;
        int64_t expected;
    } cases[] = {
        {NULL, NULL, EXPECT_ANY},
        {"*", NULL, EXPECT_STREAM},
        {" \"3\" ", NULL, 3},
        {"\"9223372036854775807\"", NULL, INT64_MAX},
        {"\"9223372036854775808\"", NULL, INT64_MAX},
        {"W/\"3\"", NULL, INT64_MAX},
        {"\"0\"", NULL, INT64_MAX},
        {"\"x\"", NULL, INT64_MAX},
        {NULL, " * ", EXPECT_NO_STREAM},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_request request = {0};
        int64_t expected;
        request.header[HTTP_IF_MATCH] = cases[i].match;
        request.header[HTTP_IF_NONE_MATCH] = cases[i].none_match;
        assert_ok(precondition_read(&request, &expected, &error));
        assert_int_equal(expected, cases[i].expected);
    }
    struct http_request both = {.header[HTTP_IF_MATCH] = "*", .header[HTTP_IF_NONE_MATCH] = "*"};
    int64_t expected;
    assert_err(ERR_BAD_REQUEST, precondition_read(&both, &expected, &error));
}

static void none_match_compares_weakly(void **state)
{
    (void)state;
    struct http_request request = {0};
    assert_false(precondition_none_match_has(&request, "\"3\""));
    request.header[HTTP_IF_NONE_MATCH] = "\"1\" , W/\"3\"";
    assert_true(precondition_none_match_has(&request, "\"3\""));
    assert_false(precondition_none_match_has(&request, "\"2\""));
    request.header[HTTP_IF_NONE_MATCH] = "*";
    assert_true(precondition_none_match_has(&request, "\"3\""));
    request.header[HTTP_IF_NONE_MATCH] = "\"1\" \"3\"";
    assert_false(precondition_none_match_has(&request, "\"3\""));
    request.header[HTTP_IF_NONE_MATCH] = "3";
    assert_false(precondition_none_match_has(&request, "\"3\""));
}

static void a_key_is_the_same_with_quotes_and_without(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"key", "key"}, {"\"key\"", "key"}, {"\"a\\\"b\\\\c\"", "a\"b\\c"}, {"a\\b", "a\\b"}};
    static const char *const bad[] = {"",         "\"",  "\"\"", "\"a\\\"",
                                      "\"a\\x\"", "a b", "\x7f", "\xc3\xa9"};
    AUTO(http_request) struct http_request request = {0};
    const char *key;
    assert_ok(idempotency_key_read(&request, &key, &error));
    assert_string_equal(key, "");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        request.header[HTTP_IDEMPOTENCY_KEY] = same[i][0];
        assert_ok(idempotency_key_read(&request, &key, &error));
        assert_string_equal(key, same[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.header[HTTP_IDEMPOTENCY_KEY] = bad[i];
        assert_err(ERR_BAD_REQUEST, idempotency_key_read(&request, &key, &error));
    }
}

static void a_fingerprint_differs_by_method_path_and_body(void **state)
{
    (void)state;
    unsigned char first[SHA256_BYTES], other[SHA256_BYTES];
    idempotency_key_fingerprint("POST", slice_of("/ab"), slice_of("c"), first);
    idempotency_key_fingerprint("POST", slice_of("/ab"), slice_of("c"), other);
    assert_memory_equal(first, other, sizeof first);
    idempotency_key_fingerprint("POST", slice_of("/a"), slice_of("bc"), other);
    assert_memory_not_equal(first, other, sizeof first);
}

static void a_wait_is_found_among_preferences(void **state)
{
    (void)state;
    static const struct {
        const char *prefer;
        int64_t seconds;
    } cases[] = {{"wait=10", 10},
                 {"respond-async, WAIT = 7 ; x=y", 7},
                 {"wait=\"3\"", 3},
                 {"wait=99", 30},
                 {"wait=1, wait=2", 1},
                 {"waiting=1", 5},
                 {"", 5}};
    static const char *const bad[] = {"wait", "wait=", "wait=x", "wait=-1", "wait=1.5"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        AUTO(http_request) struct http_request request = {.header[HTTP_PREFER] = cases[i].prefer};
        int64_t seconds;
        assert_ok(waiting_read_seconds(&request, 5, &seconds, &error));
        assert_int_equal(seconds, cases[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        AUTO(http_request) struct http_request request = {.header[HTTP_PREFER] = bad[i]};
        int64_t seconds;
        assert_err(ERR_BAD_REQUEST, waiting_read_seconds(&request, 5, &seconds, &error));
    }
}

static void a_story_begins_with_one_id_for_both(void **state)
{
    (void)state;
    AUTO(http_request) struct http_request request = {0};
    struct write_headers ids;
    assert_ok(write_headers_read(&request, &ids, &error));
    assert_int_equal(strlen(ids.correlation), 36);
    assert_string_equal(ids.correlation, ids.causation);
    request.header[HTTP_CORRELATION_ID] = "mine";
    assert_ok(write_headers_read(&request, &ids, &error));
    assert_string_equal(ids.correlation, "mine");
    assert_int_equal(strlen(ids.causation), 36);
}

static void a_trace_is_continued_or_begun(void **state)
{
    (void)state;
    const char *given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const char *later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more";
    char id[TRACE_ID_BYTES], other[TRACE_ID_BYTES], out[TRACE_PARENT_BYTES];
    trace_context_begin(given, id);
    assert_string_equal(id, "0af7651916cd43dd8448eb211c80319c");
    trace_context_continue(given, id, out);
    assert_string_equal(out, given);
    assert_true(trace_context_is_valid(later));
    trace_context_continue(later, id, out);
    assert_string_equal(out, given);
    assert_true(slice_is(trace_context_id(later), id));
    assert_int_equal(trace_context_id("00-short").length, 0);
    trace_context_begin(NULL, id);
    trace_context_begin("00-short", other);
    assert_string_not_equal(id, other);
    trace_context_continue(NULL, id, out);
    assert_true(trace_context_is_valid(out));
    assert_memory_equal(out + 3, id, 32);
}

static void a_query_string_is_decoded(void **state)
{
    (void)state;
    AUTO(http_request) struct http_request request = {0};
    struct query_string query;
    http_request_set_target(&request, "/p?a=1&b%5Bgte%5D=x+y%2B&&c&d==");
    assert_ok(query_string_read(&request, &query, &error));
    assert_int_equal(query.count, 4);
    assert_string_equal(query_string_value(&query, "a")->at, "1");
    assert_string_equal(query_string_value(&query, "b[gte]")->at, "x y+");
    assert_string_equal(query_string_value(&query, "c")->at, "");
    assert_string_equal(query_string_value(&query, "d")->at, "=");
    assert_null(query_string_value(&query, "e"));
    static const char *const bad[] = {"/p?%", "/p?a=%0", "/p?a=%00", "/p?a=%C3", "/p?%C3=a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        http_request_set_target(&request, bad[i]);
        assert_err(ERR_INVALID_PARAMETER, query_string_read(&request, &query, &error));
    }
}

static void an_absolute_target_loses_its_origin(void **state)
{
    (void)state;
    AUTO(http_request) struct http_request request = {0};
    http_request_set_target(&request, "HTTP://example.org:80/a/b?c");
    assert_true(slice_is(request.path, "/a/b") && slice_is(request.query, "c"));
    http_request_set_target(&request, "http://example.org");
    assert_true(slice_is(request.path, "/") && !request.has_query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_types_are_compared_without_case_and_parameters),
        cmocka_unit_test(accept_excludes_types_that_it_omits_or_gives_quality_0),
        cmocka_unit_test(a_content_coding_is_taken_unless_it_is_ruled_out),
        cmocka_unit_test(accept_chooses_by_quality_then_by_name_then_by_our_liking),
        cmocka_unit_test(an_expected_version_is_read_from_if_match),
        cmocka_unit_test(none_match_compares_weakly),
        cmocka_unit_test(a_key_is_the_same_with_quotes_and_without),
        cmocka_unit_test(a_fingerprint_differs_by_method_path_and_body),
        cmocka_unit_test(a_wait_is_found_among_preferences),
        cmocka_unit_test(a_story_begins_with_one_id_for_both),
        cmocka_unit_test(a_trace_is_continued_or_begun),
        cmocka_unit_test(a_query_string_is_decoded),
        cmocka_unit_test(an_absolute_target_loses_its_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
