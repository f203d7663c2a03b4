#include "write_model/event_meta.h"

#include "base/json_scan.h"
#include "base/json_text.h"

/* Adds a member, with a comma in front if one is needed. */
static void add_member(struct text *out, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    if (out->at[out->length - 1] != '{')
        text_add_char(out, ',');
    text_add_char(out, '"');
    text_add(out, name);
    text_add(out, "\":");
    json_text_quote(out, slice_of(value));
}

static void add_cause(const struct event_cause *cause, struct text *out)
{
    add_member(out, "correlationid", cause->correlation_id);
    add_member(out, "causationid", cause->causation_id);
    add_member(out, "traceparent", cause->traceparent);
    text_add_char(out, '}');
}

void event_meta_write(const struct event_cause *cause, struct text *out)
{
    text_add_char(out, '{');
    add_cause(cause, out);
}

/* `value`, unless meta has a member of this name. */
static const char *unless_given(struct slice meta, const char *name, const char *value)
{
    return json_scan_member(meta, name).length > 0 ? NULL : value;
}

void event_meta_complete(struct slice meta, const struct event_cause *cause, struct text *out)
{
    const struct event_cause missing = {
        .correlation_id = unless_given(meta, "correlationid", cause->correlation_id),
        .causation_id = unless_given(meta, "causationid", cause->causation_id),
        .traceparent = unless_given(meta, "traceparent", cause->traceparent),
    };
    REQUIRE(meta.length >= 2 && meta.at[meta.length - 1] == '}');
    text_add_bytes(out, meta.at, meta.length - 1);
    add_cause(&missing, out);
}
