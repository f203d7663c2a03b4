/* The hash covers the fields and nothing derived from them. The length of each text precedes it, so that
 * different events never have the same input.
 */
#include "schema/event.h"

#include "base/json_scan.h"

/* The length of the stream's name up to the slash, or of the whole name. */
static size_t category_length(struct slice stream)
{
    const char *slash = stream.length ? memchr(stream.at, '/', stream.length) : NULL;
    return slash ? (size_t)(slash - stream.at) : stream.length;
}

struct slice event_category(const struct event *event)
{
    return (struct slice){event->stream.at, category_length(event->stream)};
}

struct slice event_stream_id(const struct event *event)
{
    size_t category = category_length(event->stream);
    if (category == event->stream.length)
        return (struct slice){"", 0};
    return (struct slice){event->stream.at + category + 1, event->stream.length - category - 1};
}

struct slice event_attribute(const struct event *event, const char *name)
{
    return json_scan_plain_string(json_scan_member(event->meta, name));
}

int64_t event_type_version(struct slice type, struct slice *ret_name)
{
    size_t at = type.length;
    int64_t version;
    *ret_name = type;
    while (at > 0 && type.at[at - 1] >= '0' && type.at[at - 1] <= '9')
        at--;
    if (at < 3 || memcmp(type.at + at - 2, ".v", 2) != 0 ||
        !slice_read_int((struct slice){type.at + at, type.length - at}, &version) || version < 1)
        return 0;
    ret_name->length = at - 2;
    return version;
}

struct slice event_type_name(struct slice type)
{
    struct slice name;
    (void)event_type_version(type, &name);
    return name;
}

static void add_text(struct sha256 *sha, struct slice text)
{
    sha256_add_u64(sha, text.length);
    if (text.length)
        sha256_add(sha, text.at, text.length);
}

void event_compute_hash(struct sha256 *sha, const unsigned char previous[EVENT_HASH_BYTES],
                        const struct event *event, unsigned char out[EVENT_HASH_BYTES])
{
    sha256_begin(sha);
    sha256_add(sha, previous, EVENT_HASH_BYTES);
    sha256_add_u64(sha, (uint64_t)event->position);
    add_text(sha, event->stream);
    sha256_add_u64(sha, (uint64_t)event->version);
    add_text(sha, event->type);
    sha256_add_u64(sha, (uint64_t)event->time_us);
    add_text(sha, event->id);
    add_text(sha, event->data);
    add_text(sha, event->meta);
    sha256_end(sha, out);
}
