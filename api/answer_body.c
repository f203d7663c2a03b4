#include "api/answer_body.h"

#include "base/json_text.h"
#include "http/problem.h"
#include "telemetry/trace_context.h"

#include <stdio.h>

int answer_body_status(const struct command_answer *answer)
{
    if (answer->err)
        return error_http_status(answer->err);
    return answer->began ? 201 : 200;
}

static void write_result(const struct command_answer *answer, struct text *out)
{
    text_add_char(out, '{');
    json_text_string(out, "stream", answer->stream);
    json_text_int(out, "version", answer->version);
    json_text_int(out, "position", answer->position);
    json_text_begin(out, "events", '[');
    for (size_t i = 0; i < answer->event_count; i++) {
        json_text_begin(out, NULL, '{');
        json_text_string(out, "id", answer->events[i].id);
        json_text_string(out, "type", answer->events[i].type);
        json_text_int(out, "position", answer->events[i].position);
        text_add_char(out, '}');
    }
    text_add(out, "]}");
}

static void write_problem(const struct command_answer *answer, struct text *out)
{
    struct error error;
    char trace_id[TRACE_ID_BYTES];
    error_set(&error, answer->err, "%.*s", SLICE(answer->detail));
    snprintf(trace_id, sizeof trace_id, "%.*s", SLICE(answer->trace_id));
    problem_write(&(struct problem){.error = &error,
                                    .failure = "nothing was stored",
                                    .trace_id = trace_id,
                                    .current_version =
                                        answer->err == ERR_WRONG_VERSION ? answer->version : -1},
                  out);
}

void answer_body_write(const struct command_answer *answer, struct text *out)
{
    if (answer->err)
        write_problem(answer, out);
    else
        write_result(answer, out);
}
