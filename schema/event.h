/* An event of the log: the envelope around its data, and its hash. Slices are borrowed from an
 * event_batch, a message, or the memory of the event's creator.
 *
 * The envelope has these forms: event_batch.h (events with their memory), cloudevent.h (JSON, on the
 * bus and over HTTP), external_event.h (CloudEvents of other systems, before they are events of the
 * log), checkpoint.h (a position in the log). catalogue/catalogue.h has the types and schemas of the
 * data. */
#pragma once

#include "base/sha256.h"
#include "base/slice.h"

#include <stdint.h>

#define EVENT_HASH_BYTES SHA256_BYTES

struct event {
    int64_t position;    /* in the log: 1, 2, 3 … without a gap */
    int64_t version;     /* in its stream: 1, 2, 3 … without a gap */
    int64_t time_us;     /* when it was recorded; never earlier than the event before */
    struct slice stream; /* "account/ACC-1": category, slash, id */
    struct slice type;   /* "account.opened.v1" */
    struct slice id;     /* a UUID, or the id that an external producer chose */
    struct slice data;   /* a JSON value, compact, as json_write() writes it */
    struct slice meta;   /* a JSON object, compact: the CloudEvents attributes that are not columns:
                            correlationid, causationid, traceparent; of an external event also source,
                            time, subject and its own extensions */
    unsigned char hash[EVENT_HASH_BYTES];
};

/* The parts of the stream's name. */
struct slice event_category(const struct event *event);
struct slice event_stream_id(const struct event *event);

/* A text attribute of meta that needs no unescaping ("correlationid" and such), or empty. */
struct slice event_attribute(const struct event *event, const char *name);

/* The version in a type, 12 in "parcel.sent.v12", and its name, "parcel.sent"; 0 and the whole type if
 * it does not end in a version. */
int64_t event_type_version(struct slice type, struct slice *ret_name);
struct slice event_type_name(struct slice type);

/* SHA-256 over the hash of the event before and the event's fields, in this order: position, stream,
 * version, type, time, id, data, meta. A number is eight bytes, big-endian; a text is its length in
 * bytes, as such a number, followed by its bytes. The hash before the first event is zeros. */
void event_compute_hash(struct sha256 *sha, const unsigned char previous[EVENT_HASH_BYTES],
                        const struct event *event, unsigned char out[EVENT_HASH_BYTES]);
