/* Written to text directly, not through a tree, because it is also needed when memory is short. */
#include "http/problem.h"
#include "base/json_text.h"

static const struct {
    const char *meaning, *action;
} help[ERR_INTERNAL + 1] = {
#define PROBLEM_HELP(code, meaning, action) [ERR_##code] = {meaning, action},
#include "http/problem_help.def"
#undef PROBLEM_HELP
};

const char *problem_meaning(enum err code)
{
    return help[code].meaning;
}

const char *problem_action(enum err code)
{
    return help[code].action;
}

enum err problem_find(struct slice slug)
{
    for (enum err code = 1; code <= ERR_INTERNAL; code++)
        if (slice_is(slug, error_slug(code)))
            return code;
    return OK;
}

static void write_faults(const struct problem *problem, struct text *out)
{
    json_text_begin(out, "errors", '[');
    for (size_t i = 0; i < problem->fault_count; i++) {
        json_text_begin(out, NULL, '{');
        json_text_string(out, "pointer", slice_of(problem->faults[i].pointer));
        json_text_string(out, "detail", slice_of(problem->faults[i].detail));
        text_add_char(out, '}');
    }
    text_add_char(out, ']');
}

static const char *detail_of(const struct problem *problem)
{
    if (problem->error->code != ERR_OUTCOME_UNKNOWN &&
        error_class(problem->error->code) == ERROR_CLASS_STOP)
        return "The server failed. Its log states the cause under this trace id.";
    return problem->error->text;
}

void problem_write(const struct problem *problem, struct text *out)
{
    enum err code = problem->error->code;
    text_add_char(out, '{');
    json_text_format(out, "type", PROBLEM_TYPE_PREFIX "%s", error_slug(code));
    json_text_string(out, "title", slice_of(error_title(code)));
    json_text_int(out, "status", error_http_status(code));
    json_text_string(out, "detail", slice_of(detail_of(problem)));
    if (problem->fault_count)
        write_faults(problem, out);
    if (problem->current_version >= 0)
        json_text_int(out, "currentVersion", problem->current_version);
    if (problem->trace_id && problem->trace_id[0])
        json_text_string(out, "traceId", slice_of(problem->trace_id));
    text_add_char(out, '}');
}
