/* The read comes first and the comparison after: a client whose position is reached already, the
 * usual case, costs nothing more than any other. */
#include "api/read_request.h"

#include "api/http_answer.h"
#include "api/prefer.h"

#define WAIT_DEFAULT_SECONDS 5

struct freshness {
    int64_t min_position; /* 0: whatever there is */
    int64_t wait_seconds;
};

/* Headers are read again after a wait, but answered once. */
static enum err read_freshness(struct http_request *request, struct freshness *ret,
                               struct error *error)
{
    const char *text = http_request_header(request, HTTP_ANNAL_MIN_POSITION);
    *ret = (struct freshness){.wait_seconds = WAIT_DEFAULT_SECONDS};
    if (!text)
        return OK;
    if (!text_read_int(slice_of(text), &ret->min_position) || ret->min_position < 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "Annal-Min-Position must be a position, such as 42");
    return request->wake == HTTP_WAKE_NONE
               ? prefer_read_wait(request, WAIT_DEFAULT_SECONDS, &ret->wait_seconds, error)
               : OK;
}

/* A missing row or file may come with the events that are waited for. */
static bool may_come(enum err err)
{
    return err == OK || err == ERR_NOT_FOUND || err == ERR_NOT_READY;
}

static enum err wait_or_give_up(struct http_request *request, const struct model *model,
                                const struct freshness *freshness, int64_t position,
                                struct error *error)
{
    text_clear(&request->answer.body);
    if (request->wake != HTTP_WAKE_EXPIRED && freshness->wait_seconds > 0) {
        http_server_park(request, model, freshness->min_position, freshness->wait_seconds * 1000);
        return OK;
    }
    return error_set(error, ERR_NOT_REACHED, "%s is at position %lld, not yet at %lld; try again",
                     model_name(model), (long long)position, (long long)freshness->min_position);
}

/* The answer's text is lent to the read, so that its memory is used again and again. */
static enum err read_into(struct http_request *request, read_fn *read, struct read_answer *answer,
                          struct error *error)
{
    answer->body = request->answer.body;
    enum err err = read(request, answer, error);
    request->answer.body = answer->body;
    answer->body = (struct text){0};
    return err;
}

enum err read_request_run(struct http_request *request, const struct model *model, read_fn *read,
                          struct read_answer *answer, bool *ret_read, struct error *error)
{
    struct freshness freshness;
    *ret_read = false;
    enum err err = read_freshness(request, &freshness, error);
    if (err)
        return err;
    err = read_into(request, read, answer, error);
    if (model && may_come(err) && answer->position < freshness.min_position)
        return wait_or_give_up(request, model, &freshness, answer->position, error);
    if (err)
        http_answer_error(request, error);
    else
        http_answer(request, 200, HTTP_JSON);
    if (answer->position > 0)
        http_answer_header_int(request, "Annal-Position", answer->position);
    *ret_read = err == OK;
    return OK;
}
