/* The read comes first and the comparison after: a client whose position is reached already, the
 * usual case, costs nothing more than any other. */
#include "api/read_request.h"

#include "http/http_answer.h"
#include "http/waiting.h"

#define WAIT_DEFAULT_SECONDS 5

enum err read_request_freshness(struct http_request *request, struct freshness *ret,
                                struct error *error)
{
    const char *text = http_request_header(request, HTTP_ANNAL_MIN_POSITION);
    *ret = (struct freshness){.wait_seconds = WAIT_DEFAULT_SECONDS};
    if (!text)
        return OK;
    if (!slice_read_int(slice_of(text), &ret->min_position) || ret->min_position < 0)
        return error_set(error, ERR_BAD_REQUEST,
                         "Annal-Min-Position must be a position, such as 42");
    return waiting_read_seconds(request, WAIT_DEFAULT_SECONDS, &ret->wait_seconds, error);
}

enum err read_request_freshness_kept(struct http_request *request, const struct freshness **ret,
                                     struct error *error)
{
    enum err err = OK;
    if (!request->state) {
        struct freshness *freshness = arena_allocate(&request->arena, sizeof *freshness);
        err = read_request_freshness(request, freshness, error);
        request->state = freshness;
    }
    *ret = request->state;
    return err;
}

/* A missing row or file may come with the events that are waited for. */
static bool may_come(enum err err)
{
    return err == OK || err == ERR_NOT_FOUND || err == ERR_NOT_READY;
}

static bool is_too_old(const struct model *model, const struct freshness *freshness, enum err err,
                       const struct read_answer *answer)
{
    return model && may_come(err) && !answer->settled && answer->position < freshness->min_position;
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

/* Asking for the position renews this thread's snapshot. */
static bool has_come(struct read_side *side, const struct model *model, int64_t min_position)
{
    int64_t position = 0;
    return read_side_position(side, model, &position, NULL) == OK && position >= min_position;
}

enum err read_request_read(struct http_request *request, const struct model *model,
                           const struct freshness *freshness, read_fn *read,
                           struct read_answer *answer, struct error *error)
{
    struct read_side *side = query_endpoint_of(request)->options.side;
    enum err err = read_into(request, read, answer, error);
    if (is_too_old(model, freshness, err, answer) && has_come(side, model, freshness->min_position))
        err = read_into(request, read, answer, error);
    return err;
}

static enum read_outcome wait_or_give_up(struct http_request *request, const struct model *model,
                                         const struct freshness *freshness, int64_t position,
                                         struct error *error)
{
    text_clear(&request->answer.body);
    if (request->wake != HTTP_WAKE_EXPIRED && freshness->wait_seconds > 0) {
        http_deferral_begin(request,
                            &(struct http_deferral){.subject = model,
                                                    .awaited = freshness->min_position,
                                                    .wait_ms = freshness->wait_seconds * 1000});
        return READ_PARKED;
    }
    error_set(error, ERR_NOT_REACHED, "%s is at position %lld, not yet at %lld; try again",
              model_name(model), (long long)position, (long long)freshness->min_position);
    http_answer_error(request, error);
    return READ_FAILED;
}

enum read_outcome read_request_conclude(struct http_request *request, const struct model *model,
                                        const struct freshness *freshness, enum err err,
                                        const struct read_answer *answer, struct error *error)
{
    if (is_too_old(model, freshness, err, answer))
        return wait_or_give_up(request, model, freshness, answer->position, error);
    if (err)
        http_answer_error(request, error);
    if (answer->position > 0 || (model && (err == OK || err == ERR_NOT_FOUND)))
        http_answer_header_int(request, "Annal-Position", answer->position);
    return err ? READ_FAILED : READ_DONE;
}
