/* The OpenAPI documents and pages of both endpoints: complete, true, and kept in memory. */
#include "api/query_endpoint.h"
#include "base/json.h"
#include "tests/api/command_fixture.h"
#include "tests/api/openapi_call.h"
#include "tests/read_model/read_fixture.h"

/* --- the command endpoint --------------------------------------------------------------------- */

static void check_routes(const char *address, const json_t *document)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(text) struct text described = {0};
    const char *path, *method;
    json_t *item;
    const json_t *operation, *link;
    size_t i;
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        json_object_foreach (item, method, operation)
            text_printf(&described, "%s %s\n", strcmp(method, "get") == 0 ? "GET" : "POST",
                        json_string_or(operation, "x-route", ""));
    }
    http_get(address, "/", &reply);
    AUTO(json) json_t *index = http_reply_json(&reply);
    assert_true(json_array_size(json_object_get(index, "links")) > 8);
    json_array_foreach (json_object_get(index, "links"), i, link) {
        AUTO(text) struct text line = {0};
        text_printf(&line, "%s %s\n", json_string_or(link, "method", ""),
                    json_string_or(link, "path", ""));
        assert_text_contains(described.at, line.at);
    }
}

/* What is used comes first, what is about the endpoint itself last; no operation is left over. */
static void check_groups(const json_t *document)
{
    const json_t *tags = json_object_get(document, "tags"), *operation;
    size_t count = json_array_size(tags), i;
    AUTO(text) struct text names = {0};
    const char *path, *method;
    json_t *item, *tag;
    json_array_foreach (tags, i, tag)
        text_printf(&names, "|%s|", json_string_or(tag, "name", ""));
    assert_true(count > 2);
    assert_true(json_string_is(json_array_get(tags, count - 2), "name", "documents"));
    assert_true(json_string_is(json_array_get(tags, count - 1), "name", "health"));
    json_object_foreach (json_object_get(document, "paths"), path, item) {
        json_object_foreach (item, method, operation) {
            AUTO(text) struct text name = {0};
            const json_t *first = json_array_get(json_object_get(operation, "tags"), 0);
            text_printf(&name, "|%s|", json_string_value(first));
            assert_text_contains(names.at, name.at);
        }
    }
}

static void every_command_route_is_described(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    check_routes(fixture->address, document);
    const json_t *paths = json_object_get(document, "paths");
    assert_non_null(json_object_get(paths, "/commands/loan/{id}/add-book"));
    assert_null(json_object_get(paths, "/commands/{category}/{id}/{command}"));
    check_groups(document);
}

static void every_command_operation_answers_as_described(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text answers = {0};
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    openapi_call_each(fixture->address, document, "post", &answers);
    assert_text_contains(answers.at, "loan.open 201\n");
    assert_text_contains(answers.at, "loan.open.new 201\n");
    assert_text_contains(answers.at, "shelf.stock 201\n");
    assert_text_contains(answers.at, "append 201\n");
    assert_text_contains(answers.at, "loan.approve 200\n");
    text_clear(&answers);
    openapi_call_each(fixture->address, document, "get", &answers);
    assert_text_contains(answers.at, "events 200\n");
    for (const char *at = answers.at; *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at + strcspn(at, "\n") - 3, "200", 3) != 0)
            fail_msg("%s", at);
}

static void rejected_requests_match_their_description(void **state)
{
    struct command_fixture *fixture = *state;
    AUTO(text) struct text answers = {0};
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    openapi_call_wrongly(fixture->address, document, "post", &answers);
    openapi_call_wrongly(fixture->address, document, "get", &answers);
    assert_text_contains(answers.at, "commands.send 403\n");
    assert_text_contains(answers.at, "loan.open 412\n");
    assert_text_contains(answers.at, "schemas 421\n");
}

static void check_kept(const char *address, const char *path, const char *type)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(http_client) struct http_client *client = http_client_open(address);
    AUTO(text) struct text condition = {0};
    struct http_call call = {.path = path};
    http_client_call(client, &call, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_reply_header(&reply, "Content-Type"), type);
    text_printf(&condition, "If-None-Match: %s", http_reply_header(&reply, "ETag"));
    call.headers[0] = condition.at;
    http_client_call(client, &call, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.length, 0);
}

static void documents_have_an_etag(void **state)
{
    struct command_fixture *fixture = *state;
    check_kept(fixture->address, "/openapi.json", "application/json");
    check_kept(fixture->address, "/docs", "text/html; charset=utf-8");
}

static void check_form(const char *address, const char *path, const char *accept, const char *type)
{
    AUTO(http_reply) struct http_reply reply = {0};
    AUTO(http_client) struct http_client *client = http_client_open(address);
    AUTO(text) struct text header = {0};
    text_printf(&header, "Accept: %s", accept);
    http_client_call(client, &(struct http_call){.path = path, .headers = {header.at}}, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(http_reply_header(&reply, "Content-Type"), type);
    assert_string_equal(http_reply_header(&reply, "Vary"), "Accept");
    const char *policy = http_reply_header(&reply, "Content-Security-Policy");
    assert_true(!policy == !strstr(type, "html"));
}

static void the_catalogue_is_a_page_for_browsers_and_json_for_programs(void **state)
{
    static const char browser[] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    static const char html[] = "text/html; charset=utf-8";
    const char *address = ((struct command_fixture *)*state)->address;
    check_form(address, "/schemas", browser, html);
    check_form(address, "/schemas", "*/*", "application/json");
    check_form(address, "/schemas/loan.lend", browser, html);
    check_form(address, "/schemas/loan.lend", "*/*", "application/schema+json");
    check_form(address, "/schemas/loan.lent.v1", "application/json", "application/json");
    check_kept(address, "/schemas/loan.lend", "application/schema+json");
    check_kept(address, "/commands", "application/json");
}

/* --- the query endpoint ----------------------------------------------------------------------- */

struct query_fixture {
    struct read_fixture *read;
    struct query_endpoint *endpoint;
    const char *address;
};

static int query_setup(void **state)
{
    struct query_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(read_fixture_setup((void **)&fixture->read), 0);
    assert_ok(query_endpoint_open(
        &(struct query_endpoint_options){.listen = "127.0.0.1:0", .side = fixture->read->side},
        &fixture->endpoint, &error));
    fixture->address = query_endpoint_address(fixture->endpoint);
    *state = fixture;
    return 0;
}

static int query_teardown(void **state)
{
    struct query_fixture *fixture = *state;
    query_endpoint_close(fixture->endpoint);
    read_fixture_teardown((void **)&fixture->read);
    free(fixture);
    return 0;
}

static void every_query_route_is_described(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    check_routes(fixture->address, document);
    const json_t *paths = json_object_get(document, "paths");
    assert_non_null(json_object_get(paths, "/read/pairs/{a}/{b}"));
    assert_non_null(json_object_get(paths, "/query/things_above"));
    check_groups(document);
}

static void rows_are_described_by_their_definition(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(json) json_t *document = openapi_call_document(fixture->address), *expected = NULL;
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const json_t *row = json_object_get(schemas, "shelves");
    static const char shelves[] =
        "{\"type\":\"object\",\"additionalProperties\":false,"
        "\"required\":[\"book_id\",\"title\",\"copies\",\"held\",\"free\"],"
        "\"properties\":{\"book_id\":{\"type\":\"string\"},"
        "\"title\":{\"type\":[\"string\",\"null\"],"
        "\"description\":\"NULL until a delivery says it\"},"
        "\"copies\":{\"type\":\"integer\",\"description\":\"in the library\"},"
        "\"held\":{\"type\":\"integer\",\"description\":\"of these, kept for loans\"},"
        "\"free\":{\"type\":\"integer\",\"description\":\"can still be lent\"}}}";
    assert_ok(json_read(slice_of(shelves), &expected, &error));
    assert_true(json_equal(row, expected));
    const json_t *columns = json_object_get(json_object_get(schemas, "branch_loans"), "properties");
    assert_true(json_string_is(json_object_get(columns, "last_opened_at"), "format", "date-time"));
    assert_false(json_string_is(json_object_get(columns, "branch"), "format", "date-time"));
}

static void every_query_operation_answers_as_described(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text answers = {0};
    read_fixture_build(
        fixture->read,
        "INSERT INTO things VALUES ('a', 1, 0.5, NULL, x'00ff');"
        "INSERT INTO things (id) VALUES ('b'); INSERT INTO pairs VALUES (1, 'a', 3)");
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    openapi_call_each(fixture->address, document, "get", &answers);
    assert_text_contains(answers.at, "row.things 200\n");
    assert_text_contains(answers.at, "row.pairs 200\n");
    assert_text_contains(answers.at, "list.things 200\nlist.things 200\nlist.things 200\n");
    assert_text_contains(answers.at, "query.things_above 200\n");
    assert_text_contains(answers.at, "row.loans 503\n");
}

static void rejected_queries_match_their_description(void **state)
{
    struct query_fixture *fixture = *state;
    AUTO(text) struct text answers = {0};
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('b')");
    AUTO(json) json_t *document = openapi_call_document(fixture->address);
    openapi_call_wrongly(fixture->address, document, "get", &answers);
    assert_text_contains(answers.at, " 406\n");
    assert_text_contains(answers.at, " 421\n");
    assert_text_contains(answers.at, " 503\n");
}

static bool document_has(const struct query_fixture *fixture, const char *word)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(fixture->address, "/openapi.json", &reply);
    return strstr(reply.body.at, word);
}

static void a_new_definition_gives_a_new_document(void **state)
{
    struct query_fixture *fixture = *state;
    read_fixture_build(fixture->read, "INSERT INTO things (id) VALUES ('a')");
    check_kept(fixture->address, "/openapi.json", "application/json");
    check_kept(fixture->address, "/docs", "text/html; charset=utf-8");
    struct model_store *store = read_fixture_generation_of(
        fixture->read,
        "-- Things.\n\n-- schema\nCREATE TABLE things (id TEXT PRIMARY KEY, colour TEXT NOT NULL) "
        "STRICT, WITHOUT ROWID;\n\n-- on loan.opened.v1\n"
        "INSERT INTO things VALUES (:id, 'red');\n",
        2);
    read_fixture_commit(store, 2, "INSERT INTO things VALUES ('a', 'red')");
    read_fixture_serve(fixture->read, 2);
    wait_until(10, document_has(fixture, "colour"));
    assert_false(document_has(fixture, "things_above"));
    model_store_close(store);
}

/* docs/reference/http.md has a row for each problem, which begins | `name` | status | … */
static void every_problem_of_the_reference_is_in_a_document(void **state)
{
    struct command_fixture *commands;
    struct query_fixture *queries;
    AUTO(http_reply) struct http_reply command_reply = {0}, query_reply = {0};
    char *path = test_source_path("docs/reference/http.md"), *reference = test_file_read(path);
    int found = 0;
    (void)state;
    assert_int_equal(command_fixture_setup((void **)&commands), 0);
    assert_int_equal(query_setup((void **)&queries), 0);
    http_get(commands->address, "/openapi.json", &command_reply);
    http_get(queries->address, "/openapi.json", &query_reply);
    const char *at = strstr(reference, "| problem | status |");
    assert_non_null(at);
    for (; (at = strstr(at, "\n| `")) != NULL; at++) {
        AUTO(text) struct text type = {0};
        const char *end = strchr(at + 1, '\n');
        const char *elsewhere = strstr(at, "Only the command line reports this.");
        if (elsewhere && elsewhere < end)
            continue;
        text_printf(&type, "/problems/%.*s", (int)strcspn(at + 4, "`"), at + 4);
        found++;
        if (!strstr(command_reply.body.at, type.at) && !strstr(query_reply.body.at, type.at))
            fail_msg("%s is in neither document", type.at);
    }
    assert_true(found > 25);
    query_teardown((void **)&queries);
    command_fixture_teardown((void **)&commands);
    free(reference);
    free(path);
}

#define COMMAND_TEST(name)                                                                         \
    cmocka_unit_test_setup_teardown(name, command_fixture_setup, command_fixture_teardown)
#define QUERY_TEST(name) cmocka_unit_test_setup_teardown(name, query_setup, query_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMAND_TEST(every_command_route_is_described),
        COMMAND_TEST(every_command_operation_answers_as_described),
        COMMAND_TEST(rejected_requests_match_their_description),
        COMMAND_TEST(documents_have_an_etag),
        COMMAND_TEST(the_catalogue_is_a_page_for_browsers_and_json_for_programs),
        QUERY_TEST(every_query_route_is_described),
        QUERY_TEST(rows_are_described_by_their_definition),
        QUERY_TEST(every_query_operation_answers_as_described),
        QUERY_TEST(rejected_queries_match_their_description),
        QUERY_TEST(a_new_definition_gives_a_new_document),
        cmocka_unit_test(every_problem_of_the_reference_is_in_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
