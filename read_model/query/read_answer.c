#include "read_model/query/read_answer.h"

#define BODY_BYTES_USUAL 1000 /* so that the usual answer is one allocation */

void read_answer_begin(struct read_answer *answer, const struct model *model)
{
    answer->model = model;
    answer->position = 0;
    answer->settled = false;
}

void read_answer_clear(struct read_answer *answer, int64_t position)
{
    text_clear(&answer->body);
    text_reserve(&answer->body, BODY_BYTES_USUAL);
    text_clear(&answer->next);
    answer->etag[0] = '\0';
    answer->has_count = answer->settled = false;
    answer->position = position;
}

void read_answer_finish(struct read_answer *answer)
{
    text_finish(&answer->body);
    text_finish(&answer->next);
}
