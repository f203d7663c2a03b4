#include "tests/api/command_fixture.h"
#include "tests/domain/lending.h"
#include "tests/support/own_log.h"

#include <sys/stat.h>

static void write_schemas(const char *directory)
{
    AUTO(text) struct text events = {0}, file = {0}, commands = {0};
    text_printf(&events, "%s/events", directory);
    text_printf(&commands, "%s/commands", directory);
    text_printf(&file, "%s/note.added.v1.json", events.at);
    assert_int_equal(mkdir(events.at, 0755) | mkdir(commands.at, 0755), 0);
    test_file_write(file.at, "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},"
                             "\"costly\":{\"items\":{\"not\":{\"pattern\":\"^(a+)+$\"}}}},"
                             "\"required\":[\"text\"],\"additionalProperties\":false,"
                             "\"examples\":[{\"text\":\"a note\"}]}");
}

static void open_endpoint(struct command_fixture *fixture, struct http_limits limits)
{
    assert_ok(command_endpoint_open(
        &(struct command_endpoint_options){.listen = "127.0.0.1:0",
                                           .log_url = own_log_url(fixture->directory),
                                           .desk = fixture->desk,
                                           .aggregates = lending.aggregates,
                                           .catalogue = fixture->catalogue,
                                           .limits = limits,
                                           .feed_listeners = fixture->feed_listeners},
        &fixture->endpoint, &error));
    fixture->address = command_endpoint_address(fixture->endpoint);
    fixture->client = http_client_open(fixture->address);
}

static void close_endpoint(struct command_fixture *fixture)
{
    http_client_close(fixture->client);
    command_endpoint_close(fixture->endpoint);
    fixture->client = NULL;
    fixture->endpoint = NULL;
}

int command_fixture_setup(void **state)
{
    struct command_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->directory = test_directory_make();
    write_schemas(fixture->directory);
    assert_ok(catalogue_open(&lending.schemas, fixture->directory, &fixture->catalogue, &error));
    assert_ok(
        command_desk_open(&(struct command_desk_options){.log_url = own_log_url(fixture->directory),
                                                         .catalogue = fixture->catalogue},
                          &fixture->desk, &error));
    open_endpoint(fixture, (struct http_limits){0});
    *state = fixture;
    return 0;
}

int command_fixture_teardown(void **state)
{
    struct command_fixture *fixture = *state;
    close_endpoint(fixture);
    command_desk_close(fixture->desk);
    catalogue_close(fixture->catalogue);
    test_directory_remove(fixture->directory);
    http_reply_finish(&fixture->reply);
    free(fixture);
    return 0;
}

void command_fixture_limit(struct command_fixture *fixture, struct http_limits limits)
{
    close_endpoint(fixture);
    open_endpoint(fixture, limits);
}

void command_fixture_call(struct command_fixture *fixture, const struct http_call *call)
{
    http_client_call(fixture->client, call, &fixture->reply);
}

void command_fixture_get(struct command_fixture *fixture, const char *path)
{
    command_fixture_call(fixture, &(struct http_call){.path = path});
}

void command_fixture_post(struct command_fixture *fixture, const char *path, const char *body)
{
    command_fixture_call(fixture, &(struct http_call){.method = "POST",
                                                      .path = path,
                                                      .headers = {"Content-Type: application/json"},
                                                      .body = body});
}

void command_fixture_refuses(struct command_fixture *fixture, const struct http_call *call,
                             int status, const char *slug)
{
    int64_t head = command_desk_head(fixture->desk);
    command_fixture_call(fixture, call);
    http_reply_check_problem(&fixture->reply, status, slug);
    assert_int_equal(command_desk_head(fixture->desk), head);
}

void command_fixture_check_header(struct command_fixture *fixture, const char *name,
                                  const char *value)
{
    const char *got = http_reply_header(&fixture->reply, name);
    if (!value && got)
        fail_msg("there is a header %s: %s", name, got);
    if (value && (!got || strcmp(got, value) != 0))
        fail_msg("the header %s is %s, not %s", name, got ? got : "missing", value);
}
