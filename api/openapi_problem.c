/* The answers with problem details: one component for each set of problems that share a status, its
 * name the slugs' joined by dots. */
#include "api/openapi_problem.h"

#include "api/openapi.h"
#include "api/openapi_reference.h"
#include "http/http_answer.h"

#include <stdio.h>

static bool has(problem_set set, enum err code)
{
    return set & (UINT64_C(1) << code);
}

/* Of the set, the problems with this status. */
static problem_set with_status(problem_set set, int status)
{
    problem_set found = 0;
    for (enum err code = 1; code <= ERR_INTERNAL; code++)
        if (has(set, code) && error_http_status(code) == status)
            found |= UINT64_C(1) << code;
    return found;
}

static void describe(problem_set set, struct text *name, struct text *description, json_t *types)
{
    for (enum err code = 1; code <= ERR_INTERNAL; code++) {
        if (!has(set, code))
            continue;
        text_printf(name, "%s%s", name->length ? "." : "", error_slug(code));
        text_printf(description, "%s%s", description->length ? ". Or: " : "", error_title(code));
        json_array_append_new(types, json_sprintf(PROBLEM_TYPE_PREFIX "%s", error_slug(code)));
    }
}

static void add_headers(const struct openapi *openapi, int status, json_t *response)
{
    char key[4];
    snprintf(key, sizeof key, "%d", status);
    json_t *all = json_object_get(openapi->templates, "problemHeaders");
    json_t *headers = json_object_get(all, key);
    if (headers)
        json_object_set(response, "headers", headers);
}

static json_t *make_response(const struct openapi *openapi, int status, const char *description,
                             json_t *take_types)
{
    json_t *response = json_pack("{s:s, s:{s:{s:{s:[o, {s:{s:{s:o}, s:{s:i}}}]}}}}", "description",
                                 description, "content", HTTP_PROBLEM, "schema", "allOf",
                                 openapi_reference_make("schemas", "Problem"), "properties", "type",
                                 "enum", take_types, "status", "const", status);
    REQUIRE(response);
    add_headers(openapi, status, response);
    return response;
}

static void add_status(struct openapi *openapi, problem_set set, int status, json_t *responses)
{
    AUTO(text) struct text name = {0}, description = {0};
    AUTO(json) json_t *types = json_array();
    json_t *all = json_object_get(openapi->components, "responses");
    char key[4];
    describe(set, &name, &description, types);
    snprintf(key, sizeof key, "%d", status);
    json_object_set_new(responses, key, openapi_reference_make("responses", name.at));
    if (!json_object_get(all, name.at))
        json_object_set_new(all, name.at,
                            make_response(openapi, status, description.at, json_incref(types)));
}

void openapi_problem_add(struct openapi *openapi, problem_set problems, json_t *responses)
{
    for (int status = 400; status < 600; status++) {
        problem_set set = with_status(problems, status);
        if (set)
            add_status(openapi, set, status, responses);
    }
}
