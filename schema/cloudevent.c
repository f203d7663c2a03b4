/* Every event is written here on its way to the bus and to clients, so writing builds no tree, and copies
 * the bytes of data and meta. Reading expects the wire order, so that each member is read once; it does
 * not unescape or check data and meta, because the hash covers them.
 *
 * Stream and type need no escaping: ids and the catalogue's names have a narrow alphabet.
 */
#include "schema/cloudevent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/json_text.h"

#include <inttypes.h>
#include <stdio.h>

#define SEQUENCE_DIGITS 20
#define SOURCE_BEGINS   "/streams/"
/* CloudEvents requires an absolute URI here; only clients know the address of the endpoint. */
#define SCHEMA_BEGINS   "annal:/schemas/"
#define JSON_MEDIA      "application/json"

/* The attributes of meta that replace our defaults. */
struct replaced {
    bool source, time, media;
};

static struct replaced find_replaced(struct slice meta)
{
    struct replaced replaced = {0};
    struct json_scan scan = json_scan_begin(meta);
    struct slice name, value;
    while (json_scan_next(&scan, &name, &value)) {
        replaced.source = replaced.source || slice_is(name, "source");
        replaced.time = replaced.time || slice_is(name, "time");
        replaced.media = replaced.media || slice_is(name, "datacontenttype");
    }
    return replaced;
}

static void write_sequence(int64_t position, char out[SEQUENCE_DIGITS])
{
    uint64_t rest = (uint64_t)position;
    for (int i = SEQUENCE_DIGITS - 1; i >= 0; i--, rest /= 10)
        out[i] = (char)('0' + rest % 10);
}

void cloudevent_write(const struct event *event, struct text *out)
{
    char recorded[CLOCK_TEXT_BYTES], sequence[SEQUENCE_DIGITS];
    clock_format(event->time_us, recorded);
    write_sequence(event->position, sequence);
    struct replaced replaced = find_replaced(event->meta);

    text_add_char(out, '{');
    json_text_plain(out, "specversion", "", slice_of("1.0"));
    json_text_string(out, "id", event->id);
    json_text_plain(out, "type", "", event->type);
    if (!replaced.source)
        json_text_plain(out, "source", SOURCE_BEGINS, event->stream);
    if (!replaced.time)
        json_text_plain(out, "time", "", slice_of(recorded));
    if (!replaced.media)
        json_text_plain(out, "datacontenttype", JSON_MEDIA, slice_of(""));
    json_text_plain(out, "dataschema", SCHEMA_BEGINS, event->type);
    json_text_plain(out, "sequence", "", (struct slice){sequence, sizeof sequence});
    json_text_plain(out, "partitionkey", "", event->stream);
    json_text_int(out, "streamversion", event->version);
    json_text_plain(out, "recordedtime", "", slice_of(recorded));
    json_text_name(out, "data");
    text_add_slice(out, event->data);
    if (event->meta.length > 2) {
        json_text_next(out);
        text_add_bytes(out, event->meta.at + 1, event->meta.length - 2);
    }
    text_add_char(out, '}');
}

/* Takes the next member if it has this name. */
static bool take(struct json_scan *scan, const char *expected, struct slice *ret_value)
{
    struct json_scan before = *scan;
    struct slice name, value;
    if (json_scan_next(scan, &name, &value) && slice_is(name, expected)) {
        *ret_value = value;
        return true;
    }
    *scan = before;
    return false;
}

/* Takes a string that needs no unescaping and is not empty. */
static bool take_plain(struct json_scan *scan, const char *expected, struct slice *ret_text)
{
    struct slice raw;
    if (!take(scan, expected, &raw))
        return false;
    *ret_text = json_scan_plain_string(raw);
    return ret_text->length > 0;
}

static bool take_literal(struct json_scan *scan, const char *expected, const char *literal)
{
    struct slice text;
    return take_plain(scan, expected, &text) && slice_is(text, literal);
}

static bool is_joined(struct slice text, const char *begin, struct slice rest)
{
    size_t length = strlen(begin);
    return text.length == length + rest.length && memcmp(text.at, begin, length) == 0 &&
           slice_equal((struct slice){text.at + length, rest.length}, rest);
}

static bool take_id(struct json_scan *scan, struct arena *arena, struct slice *ret_id)
{
    struct slice raw;
    if (!take(scan, "id", &raw))
        return false;
    *ret_id = json_scan_plain_string(raw);
    if (ret_id->length || slice_is(raw, "\"\""))
        return true;
    AUTO(text) struct text unescaped = {0};
    if (!json_read_string(raw, &unescaped))
        return false;
    *ret_id = arena_copy(arena, text_slice(&unescaped));
    return true;
}

static bool take_sequence(struct json_scan *scan, int64_t *ret_position)
{
    struct slice text;
    return take_plain(scan, "sequence", &text) && text.length == SEQUENCE_DIGITS &&
           slice_read_int(text, ret_position) && *ret_position > 0;
}

static bool take_version(struct json_scan *scan, int64_t *ret_version)
{
    struct slice text;
    return take(scan, "streamversion", &text) && slice_read_int(text, ret_version) &&
           *ret_version > 0;
}

static bool take_time(struct json_scan *scan, int64_t *ret_us)
{
    struct slice text;
    return take_plain(scan, "recordedtime", &text) && clock_parse(text, ret_us);
}

/* An attribute that precedes those it is derived from, and so can be compared only after them. */
struct defaults {
    struct slice source, time, media, schema;
};

static bool take_attributes(struct json_scan *scan, struct arena *arena, struct event *event,
                            struct defaults *defaults)
{
    if (!take_literal(scan, "specversion", "1.0") || !take_id(scan, arena, &event->id) ||
        !take_plain(scan, "type", &event->type))
        return false;
    take_plain(scan, "source", &defaults->source);
    take_plain(scan, "time", &defaults->time);
    take_plain(scan, "datacontenttype", &defaults->media);
    return take_plain(scan, "dataschema", &defaults->schema) &&
           take_sequence(scan, &event->position) &&
           take_plain(scan, "partitionkey", &event->stream) &&
           take_version(scan, &event->version) && take_time(scan, &event->time_us) &&
           take(scan, "data", &event->data);
}

static bool defaults_fit(const struct defaults *defaults, const struct event *event)
{
    struct replaced replaced = find_replaced(event->meta);
    char recorded[CLOCK_TEXT_BYTES];
    clock_format(event->time_us, recorded);
    return is_joined(defaults->schema, SCHEMA_BEGINS, event->type) &&
           (replaced.source ? defaults->source.length == 0
                            : is_joined(defaults->source, SOURCE_BEGINS, event->stream)) &&
           (replaced.time ? defaults->time.length == 0 : slice_is(defaults->time, recorded)) &&
           (replaced.media ? defaults->media.length == 0 : slice_is(defaults->media, JSON_MEDIA));
}

/* The members after data, in braces. */
static bool take_meta(struct json_scan *scan, struct slice json, struct arena *arena,
                      struct slice *ret_meta)
{
    const char *behind_data = scan->at, *end = json.at + json.length;
    struct slice name, value;
    while (json_scan_next(scan, &name, &value))
        continue;
    if (scan->failed || scan->at + 1 != end)
        return false;
    *ret_meta = (struct slice){"{}", 2};
    if (scan->at == behind_data)
        return true;
    if (*behind_data != ',')
        return false;
    *ret_meta = arena_copy(arena, (struct slice){behind_data, (size_t)(end - behind_data)});
    ((char *)ret_meta->at)[0] = '{'; /* where the comma was */
    return true;
}

enum err cloudevent_read_own(struct slice json, struct arena *arena, struct event *ret_event,
                             struct error *error)
{
    struct event event = *ret_event; /* the hash is unchanged */
    struct defaults defaults = {0};
    struct json_scan scan = json_scan_begin(json);
    if (!take_attributes(&scan, arena, &event, &defaults) ||
        !take_meta(&scan, json, arena, &event.meta) || !defaults_fit(&defaults, &event))
        return error_set(error, ERR_BAD_REQUEST,
                         "not an event as this program writes it, near byte %zu of %zu",
                         scan.at ? (size_t)(scan.at - json.at) : 0, json.length);
    *ret_event = event;
    return OK;
}

struct attribute_sink {
    cloudevent_attribute_fn *each;
    void *context;
    struct text name, value;
};

static void give(struct attribute_sink *sink, const char *name, const char *begin,
                 struct slice rest)
{
    text_clear(&sink->value);
    text_add(&sink->value, begin);
    text_add_slice(&sink->value, rest);
    sink->each(sink->context, name, text_slice(&sink->value));
}

/* Passes a string unescaped, a number or boolean as it is written. */
static void give_meta(struct attribute_sink *sink, struct slice meta)
{
    struct json_scan scan = json_scan_begin(meta);
    struct slice name, value;
    while (json_scan_next(&scan, &name, &value)) {
        text_clear(&sink->name);
        text_add_slice(&sink->name, name);
        text_clear(&sink->value);
        if (!json_read_string(value, &sink->value))
            text_add_slice(&sink->value, value);
        sink->each(sink->context, sink->name.at, text_slice(&sink->value));
    }
}

static void give_all(struct attribute_sink *sink, const struct event *event)
{
    char recorded[CLOCK_TEXT_BYTES], sequence[SEQUENCE_DIGITS], version[24];
    clock_format(event->time_us, recorded);
    write_sequence(event->position, sequence);
    snprintf(version, sizeof version, "%" PRId64, event->version);
    struct replaced replaced = find_replaced(event->meta);

    give(sink, "specversion", "1.0", (struct slice){0});
    give(sink, "id", "", event->id);
    give(sink, "type", "", event->type);
    if (!replaced.source)
        give(sink, "source", SOURCE_BEGINS, event->stream);
    if (!replaced.time)
        give(sink, "time", recorded, (struct slice){0});
    if (!replaced.media)
        give(sink, "datacontenttype", JSON_MEDIA, (struct slice){0});
    give(sink, "dataschema", SCHEMA_BEGINS, event->type);
    give(sink, "sequence", "", (struct slice){sequence, sizeof sequence});
    give(sink, "partitionkey", "", event->stream);
    give(sink, "streamversion", version, (struct slice){0});
    give(sink, "recordedtime", recorded, (struct slice){0});
    give_meta(sink, event->meta);
}

void cloudevent_each_attribute(const struct event *event, cloudevent_attribute_fn *each,
                               void *context)
{
    struct attribute_sink sink = {.each = each, .context = context};
    give_all(&sink, event);
    text_finish(&sink.name);
    text_finish(&sink.value);
}
