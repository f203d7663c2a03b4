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

/* base/db.h and base/file.h put the path in front of the texts of these. */
static bool may_name_a_file(enum err code)
{
    switch (code) {
    case ERR_NO_MEMORY:
    case ERR_BUSY:
    case ERR_DISK_FULL:
    case ERR_IO:
    case ERR_INTERRUPTED:
    case ERR_STEP_LIMIT:
        return true;
    default:
        return false;
    }
}

static void write_detail(const struct problem *problem, struct text *out)
{
    const struct error *error = problem->error;
    bool stops = error->code != ERR_OUTCOME_UNKNOWN && error_class(error->code) == ERROR_CLASS_STOP;
    if (problem->text_is_public || (!stops && !may_name_a_file(error->code)))
        json_text_string(out, "detail", slice_of(error->text));
    else if (problem->failure)
        json_text_format(out, "detail", "%s; the server's log states the cause%s", problem->failure,
                         stops ? " under this trace id" : "; repeat the request");
    else
        json_text_format(out, "detail", "The server failed. Its log states the cause%s",
                         stops ? " under this trace id." : ". Repeat the request.");
}

void problem_write(const struct problem *problem, struct text *out)
{
    enum err code = problem->error->code;
    text_add_char(out, '{');
    json_text_format(out, "type", PROBLEM_TYPE_PREFIX "%s", error_slug(code));
    json_text_string(out, "title", slice_of(error_title(code)));
    json_text_int(out, "status", error_http_status(code));
    write_detail(problem, out);
    if (problem->fault_count)
        write_faults(problem, out);
    if (problem->current_version >= 0)
        json_text_int(out, "currentVersion", problem->current_version);
    if (problem->trace_id && problem->trace_id[0])
        json_text_string(out, "traceId", slice_of(problem->trace_id));
    text_add_char(out, '}');
}
