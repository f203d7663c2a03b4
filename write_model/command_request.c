/* What a request says about its stream, its events and its answer. */
#include "write_model/command_request.h"

#include "base/json_scan.h"
#include "base/json_text.h"
#include "telemetry/trace_context.h"

void command_request_set_stream(struct command_request *request, const char *category,
                                const char *id)
{
    size_t before = strlen(category) + 1, length = before + strlen(id);
    char *name = arena_allocate(request->arena, length + 1);
    memcpy(name, category, before - 1);
    name[before - 1] = '/';
    memcpy(name + before, id, length - before + 1);
    request->stream = (struct slice){name, length};
    request->id = name + before;
}

enum err command_request_check_version(const struct command_request *request, struct slice stream,
                                       int64_t version, struct error *error)
{
    int64_t expected = request->expected_version;
    if (expected == EXPECT_ANY || expected == version || (expected == EXPECT_STREAM && version > 0))
        return OK;
    if (expected == EXPECT_STREAM)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s does not exist; it was expected to exist", SLICE(stream));
    if (expected == EXPECT_NO_STREAM)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s exists, at version %lld; it was expected not to exist",
                         SLICE(stream), (long long)version);
    if (expected == EXPECT_NEVER)
        return error_set(error, ERR_WRONG_VERSION,
                         "stream %.*s is at version %lld; the expected entity tag is not that of a "
                         "version",
                         SLICE(stream), (long long)version);
    return error_set(error, ERR_WRONG_VERSION, "stream %.*s is at version %lld, not %lld",
                     SLICE(stream), (long long)version, (long long)expected);
}

/* ---- the meta of its events ---- */

/* Unless the value is empty, or the event has the member itself. */
static void add_cause(struct slice own, const char *name, const char *value, struct text *out)
{
    if (value && value[0] && !json_scan_member(own, name).length)
        json_text_string(out, name, slice_of(value));
}

void command_request_write_meta(const struct command_request *request, struct slice own,
                                struct text *out)
{
    REQUIRE(own.length >= 2 && own.at[own.length - 1] == '}');
    text_add_bytes(out, own.at, own.length - 1);
    add_cause(own, "correlationid", request->correlation_id, out);
    add_cause(own, "causationid", request->causation_id, out);
    add_cause(own, "traceparent", request->traceparent, out);
    text_add_char(out, '}');
}

/* ---- its answer ---- */

void command_request_accept(const struct command_request *request,
                            const struct command_answer *accepted, struct command_answer *answer)
{
    struct command_answer with = *accepted;
    with.correlation_id = slice_of(request->correlation_id);
    *answer = command_answer_copy(&with, request->arena);
}

void command_request_replay(const struct command_request *request,
                            const struct command_answer *first, struct command_answer *answer)
{
    *answer = command_answer_copy(first, request->arena);
    answer->replayed = true;
}

void command_request_refuse(const struct command_request *request, const struct error *error,
                            int64_t version, int64_t position, struct command_answer *answer)
{
    struct command_answer refused = {.err = error->code,
                                     .version = version,
                                     .position = position,
                                     .correlation_id = slice_of(request->correlation_id),
                                     .detail = slice_of(error->text),
                                     .trace_id = trace_context_id(request->traceparent)};
    *answer = command_answer_copy(&refused, request->arena);
}
