#include "write_model/desk_work.h"

#define TRACE_ID_AT     3 /* in a traceparent: "00-<trace id>-…" */
#define TRACE_ID_LENGTH 32

static void replace(struct command_answer *answer, const struct command_answer *with)
{
    struct command_answer copy = command_answer_copy(with);
    command_answer_finish(answer);
    *answer = copy;
}

void desk_answer_accept(struct command_answer *answer, const struct command_request *request,
                        const struct command_answer *accepted)
{
    struct command_answer with = *accepted;
    with.correlation_id = slice_of(request->correlation_id);
    replace(answer, &with);
}

void desk_answer_replay(struct command_answer *answer, const struct stored_answer *stored)
{
    replace(answer, &stored->answer);
    answer->replayed = true;
}

static struct slice trace_id_of(const struct command_request *request)
{
    const char *trace = request->traceparent;
    if (!trace || strlen(trace) < TRACE_ID_AT + TRACE_ID_LENGTH)
        return (struct slice){0};
    return (struct slice){trace + TRACE_ID_AT, TRACE_ID_LENGTH};
}

/* The text of an error of class RETRY may name files of the server, unless the desk wrote it for clients:
 * they get the title and what to do, the process's log has the text. */
static void write_detail(const struct error *error, struct text *out)
{
    bool is_for_clients = error_class(error->code) != ERROR_CLASS_RETRY ||
                          error->code == ERR_NOTHING_STORED || error->code == ERR_STOPPING;
    if (is_for_clients)
        text_add(out, error->text);
    else if (error->code == ERR_DISK_FULL)
        text_add(out, "disk full; nothing was stored; free space and retry");
    else
        text_printf(out, "%s; nothing was stored; repeat the request", error_title(error->code));
}

void desk_answer_refuse(struct command_answer *answer, const struct command_request *request,
                        const struct error *error, int64_t version, int64_t position)
{
    AUTO(text) struct text detail = {0};
    write_detail(error, &detail);
    replace(answer, &(struct command_answer){.err = error->code,
                                             .version = version,
                                             .position = position,
                                             .correlation_id = slice_of(request->correlation_id),
                                             .detail = text_slice(&detail),
                                             .trace_id = trace_id_of(request)});
}
