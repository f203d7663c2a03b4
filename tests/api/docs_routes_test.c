/* GET /docs and the files of its page, in a program built with the viewer and in one built without.
 */
#include "tests/api/command_fixture.h"

/* The names of the page's files, as it refers to them. */
struct file_names {
    char name[16][64];
    size_t count;
};

static void find_files(struct command_fixture *fixture, struct file_names *names)
{
    command_fixture_get(fixture, "/docs");
    assert_int_equal(fixture->reply.status, 200);
    for (const char *at = fixture->reply.body.at; (at = strstr(at, "=\"docs/")) != NULL;) {
        at += strlen("=\"docs/");
        assert_true(names->count < sizeof names->name / sizeof *names->name);
        snprintf(names->name[names->count++], sizeof *names->name, "%.*s", (int)strcspn(at, "\""),
                 at);
    }
}

/* False: built without the viewer, the page has no files. */
static bool call_file(struct command_fixture *fixture, const char *name, const char *method,
                      const char *header)
{
    struct file_names names = {.count = 0};
    AUTO(text) struct text path = {0};
    find_files(fixture, &names);
    text_printf(&path, "/docs/%s", name);
    command_fixture_call(
        fixture, &(struct http_call){.method = method, .path = path.at, .headers = {header}});
    return names.count;
}

static void the_page_may_use_this_server_and_nothing_else(void **state)
{
    struct command_fixture *fixture = *state;
    command_fixture_get(fixture, "/docs");
    assert_int_equal(fixture->reply.status, 200);
    assert_null(strstr(fixture->reply.body.at, "//"));
    assert_text_contains(fixture->reply.body.at, "href=\"openapi.json\"");
    command_fixture_check_header(
        fixture, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'");
    command_fixture_check_header(fixture, "Content-Type", "text/html; charset=utf-8");
}

static void check_file(struct command_fixture *fixture, const char *name)
{
    AUTO(text) struct text condition = {0};
    assert_true(call_file(fixture, name, "GET", NULL));
    assert_int_equal(fixture->reply.status, 200);
    assert_true(fixture->reply.body.length > 50);
    text_printf(&condition, "If-None-Match: %s", http_reply_header(&fixture->reply, "ETag"));
    command_fixture_check_header(fixture, "Cache-Control", "no-cache");
    command_fixture_check_header(fixture, "X-Content-Type-Options", "nosniff");
    call_file(fixture, name, "GET", condition.at);
    assert_int_equal(fixture->reply.status, 304);
    assert_int_equal(fixture->reply.body.length, 0);
    call_file(fixture, name, "HEAD", NULL);
    assert_int_equal(fixture->reply.status, 200);
    assert_string_not_equal(http_reply_header(&fixture->reply, "Content-Length"), "0");
}

static void every_file_of_the_page_exists_and_may_be_cached(void **state)
{
    struct command_fixture *fixture = *state;
    struct file_names names = {.count = 0};
    find_files(fixture, &names);
    for (size_t i = 0; i < names.count; i++)
        check_file(fixture, names.name[i]);
    if (names.count)
        assert_int_equal(names.count, 7);
    else
        assert_text_contains(fixture->reply.body.at, "built without a viewer");
}

static void files_have_their_media_types(void **state)
{
    static const char *const files[][3] = {
        {"swagger-ui-bundle.js", "text/javascript; charset=utf-8", "gzip"},
        {"swagger-ui.css", "text/css; charset=utf-8", "gzip"},
        {"viewer.js", "text/javascript; charset=utf-8", NULL},
        {"viewer.css", "text/css; charset=utf-8", NULL},
        {"LICENSE", "text/plain; charset=utf-8", NULL},
        {"swagger-ui-bundle.js.LICENSE.txt", "text/plain; charset=utf-8", NULL},
        {"NOTICE", "text/plain; charset=utf-8", NULL},
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (!call_file(fixture, files[i][0], "GET", NULL)) {
            http_reply_check_problem(&fixture->reply, 404, "not-found");
            continue;
        }
        command_fixture_check_header(fixture, "Content-Type", files[i][1]);
        command_fixture_check_header(fixture, "Content-Encoding", files[i][2]);
        command_fixture_check_header(fixture, "Vary", files[i][2] ? "Accept-Encoding" : NULL);
        assert_int_equal(memcmp(fixture->reply.body.at, "\x1f\x8b", 2) == 0, files[i][2] != NULL);
    }
}

static void a_client_that_accepts_no_gzip_gets_406(void **state)
{
    struct command_fixture *fixture = *state;
    if (!call_file(fixture, "swagger-ui.css", "GET", "Accept-Encoding: identity"))
        return; /* built without the viewer */
    http_reply_check_problem(&fixture->reply, 406, "not-acceptable");
    command_fixture_check_header(fixture, "Content-Encoding", NULL);
    call_file(fixture, "viewer.css", "GET", "Accept-Encoding: identity");
    assert_int_equal(fixture->reply.status, 200);
}

static void no_other_name_is_a_file(void **state)
{
    static const char *const paths[] = {
        "/docs/",
        "/docs/docs.html",
        "/docs/viewer.html",
        "/docs/swagger-ui.css.gz",
        "/docs/VIEWER.JS",
        "/docs/viewer.js%2F",
        "/docs/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/docs/%2e%2e",
        "/docs/viewer.js/x",
    };
    struct command_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        command_fixture_refuses(fixture, &(struct http_call){.path = paths[i]}, 404, "not-found");
    command_fixture_refuses(fixture, &(struct http_call){.path = "/docs/x%00"}, 400, "invalid-id");
    command_fixture_refuses(fixture, &(struct http_call){.method = "POST", .path = "/docs/NOTICE"},
                            405, "method-not-allowed");
}

/* Viewers have been led to a document of somebody else's this way. */
static void another_document_cannot_be_asked_for(void **state)
{
    command_fixture_refuses(*state, &(struct http_call){.path = "/docs?url=//evil.example/a.json"},
                            400, "invalid-parameter");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_page_may_use_this_server_and_nothing_else),
        TEST(every_file_of_the_page_exists_and_may_be_cached),
        TEST(files_have_their_media_types),
        TEST(a_client_that_accepts_no_gzip_gets_406),
        TEST(no_other_name_is_a_file),
        TEST(another_document_cannot_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
