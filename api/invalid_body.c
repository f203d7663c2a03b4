#include "api/invalid_body.h"

#include "http/http_answer.h"

static const char *with_prefix(struct arena *arena, const char *prefix, const char *pointer)
{
    AUTO(text) struct text whole = {0};
    text_printf(&whole, "%s%s", prefix, pointer);
    return arena_copy(arena, text_slice(&whole)).at;
}

struct problem invalid_body_problem(struct arena *arena, const char *what, const char *prefix,
                                    const struct schema_faults *faults,
                                    struct problem_fault listed[SCHEMA_FAULTS_MOST],
                                    struct error *error)
{
    for (size_t i = 0; i < faults->count; i++)
        listed[i] = (struct problem_fault){with_prefix(arena, prefix, faults->fault[i].pointer),
                                           faults->fault[i].detail};
    if (faults->exhausted)
        error_set(error, ERR_TOO_COSTLY, "%s: %s", what, faults->fault[0].detail);
    else
        error_set(error, ERR_INVALID_BODY, "%s: %zu of its values %s not valid; see errors", what,
                  faults->count, faults->count == 1 ? "is" : "are");
    return (struct problem){
        .error = error, .faults = listed, .fault_count = faults->count, .current_version = -1};
}

void invalid_body_answer(struct http_request *request, const char *what, const char *prefix,
                         const struct schema_faults *faults)
{
    struct problem_fault listed[SCHEMA_FAULTS_MOST];
    struct error error;
    AUTO(arena) struct arena arena = {0};
    struct problem problem = invalid_body_problem(&arena, what, prefix, faults, listed, &error);
    http_answer_problem(request, &problem);
}
