/* The only file that includes librabbitmq.
 *
 * The library sends without a deadline: TCP_USER_TIMEOUT ends a connection whose peer has acknowledged
 * nothing for AMQP_SEND_DEADLINE_MS, whether it is dead or does not read. Messages are assembled from
 * frames here, because the library's function waits for the last frame.
 */
#include "bus/amqp.h"

#include "base/arena.h"
#include "base/text.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

#define CLOSE_SECONDS     1
#define HEARTBEAT_SECONDS 10
#define FRAME_BYTES       131072
#define HEADERS_MOST      64 /* of a received message; more are ignored */

enum awaited { AWAIT_METHOD, AWAIT_HEADER, AWAIT_BODY };

struct amqp {
    amqp_connection_state_t connection;
    amqp_channel_t channel;
    bool lost;        /* an orderly close would get no answer */
    bool blocked;     /* the broker does not read from us */
    uint16_t refusal; /* the reply code with which the broker last closed a channel */
    struct arena scratch;
    /* the message that is being received */
    enum awaited awaited;
    struct amqp_incoming message;
    struct text body;
    uint64_t body_left;
    struct amqp_header headers[HEADERS_MOST];
    struct arena header_texts;
};

static amqp_bytes_t bytes_of(struct slice slice)
{
    return (amqp_bytes_t){.len = slice.length, .bytes = (void *)(uintptr_t)slice.at};
}

static struct slice slice_from(amqp_bytes_t bytes)
{
    return (struct slice){bytes.bytes, bytes.len};
}

/* ---- errors ---- */

static enum err lost(struct amqp *amqp, int status, const char *doing, struct error *error)
{
    amqp->lost = true;
    return error_set(error, ERR_BROKER, "%s: %s", doing, amqp_error_string2(status));
}

/* The broker has closed the channel or the connection, with a reason. */
static enum err closed_by_broker(struct amqp *amqp, const amqp_method_t *method, const char *doing,
                                 struct error *error)
{
    if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *close = method->decoded;
        struct slice reason = slice_from(close->reply_text);
        amqp_channel_close_ok_t answer = {0};
        amqp->refusal = close->reply_code;
        error_set(error, ERR_BROKER, "%s: %.*s", doing, SLICE(reason));
        if (amqp_send_method(amqp->connection, amqp->channel, AMQP_CHANNEL_CLOSE_OK_METHOD,
                             &answer) != AMQP_STATUS_OK)
            amqp->lost = true;
        return ERR_BROKER;
    }
    amqp->lost = true;
    if (method->id != AMQP_CONNECTION_CLOSE_METHOD)
        return error_set(error, ERR_BROKER, "%s: unexpected answer", doing);
    const amqp_connection_close_t *close = method->decoded;
    struct slice reason = slice_from(close->reply_text);
    amqp_connection_close_ok_t answer = {0};
    error_set(error, ERR_BROKER, "%s: %.*s", doing, SLICE(reason));
    amqp_send_method(amqp->connection, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer);
    return ERR_BROKER;
}

static enum err check_reply(struct amqp *amqp, amqp_rpc_reply_t reply, const char *doing,
                            struct error *error)
{
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        return OK;
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        return closed_by_broker(amqp, &reply.reply, doing, error);
    default:
        return lost(amqp, reply.library_error, doing, error);
    }
}

static enum err check_call(struct amqp *amqp, const char *doing, struct error *error)
{
    return check_reply(amqp, amqp_get_rpc_reply(amqp->connection), doing, error);
}

static enum err check_sent(struct amqp *amqp, int status, const char *doing, struct error *error)
{
    return status == AMQP_STATUS_OK ? OK : lost(amqp, status, doing, error);
}

/* ---- connecting ---- */

static amqp_table_entry_t flag_entry(const char *name)
{
    return (amqp_table_entry_t){
        .key = amqp_cstring_bytes(name),
        .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value = {.boolean = 1}}};
}

static amqp_table_entry_t text_entry(struct slice name, struct slice text)
{
    return (amqp_table_entry_t){
        .key = bytes_of(name),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = bytes_of(text)}}};
}

static amqp_table_entry_t number_entry(struct slice name, int64_t number)
{
    return (amqp_table_entry_t){.key = bytes_of(name),
                                .value = {.kind = AMQP_FIELD_KIND_I64, .value = {.i64 = number}}};
}

static enum err log_in(struct amqp *amqp, const struct bus_url *url, const char *name,
                       struct error *error)
{
    amqp_table_entry_t flags[] = {flag_entry("consumer_cancel_notify"),
                                  flag_entry("connection.blocked"), flag_entry("basic.nack"),
                                  flag_entry("publisher_confirms")};
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE,
                   .value = {.table = {sizeof flags / sizeof *flags, flags}}}},
        text_entry(slice_of("connection_name"), slice_of(name))};
    amqp_table_t properties = {sizeof entries / sizeof *entries, entries};
    return check_reply(amqp,
                       amqp_login_with_properties(amqp->connection, url->vhost, 0, FRAME_BYTES,
                                                  HEARTBEAT_SECONDS, &properties,
                                                  AMQP_SASL_METHOD_PLAIN, url->user, url->password),
                       "log in", error);
}

static enum err open_channel(struct amqp *amqp, struct error *error)
{
    amqp->channel++;
    amqp_channel_open(amqp->connection, amqp->channel);
    return check_call(amqp, "open a channel", error);
}

static enum err connect_socket(struct amqp *amqp, const struct bus_url *url, int64_t patience_ms,
                               struct error *error)
{
    amqp_socket_t *socket = amqp_tcp_socket_new(amqp->connection);
    REQUIRE(socket);
    struct timeval patience = {patience_ms / 1000, patience_ms % 1000 * 1000};
    int status = amqp_socket_open_noblock(socket, url->host, url->port, &patience);
    if (status != AMQP_STATUS_OK)
        return lost(amqp, status, "connect", error);
    unsigned deadline_ms = AMQP_SEND_DEADLINE_MS;
    int set =
        setsockopt(amqp_fd(amqp), IPPROTO_TCP, TCP_USER_TIMEOUT, &deadline_ms, sizeof deadline_ms);
    REQUIRE(set == 0);
    amqp_set_handshake_timeout(amqp->connection, &patience);
    amqp_set_rpc_timeout(amqp->connection, &patience);
    return OK;
}

enum err amqp_connect(const struct bus_url *url, const char *name, int64_t patience_ms,
                      struct amqp **ret_amqp, struct error *error)
{
    AUTO(amqp) struct amqp *amqp = calloc(1, sizeof *amqp);
    REQUIRE(amqp);
    amqp->connection = amqp_new_connection();
    REQUIRE(amqp->connection);
    enum err err = connect_socket(amqp, url, patience_ms, error);
    if (!err)
        err = log_in(amqp, url, name, error);
    if (!err)
        err = open_channel(amqp, error);
    if (err)
        return error_add_context(error, err, "RabbitMQ at %s:%d", url->host, url->port);
    *ret_amqp = amqp;
    amqp = NULL;
    return OK;
}

void amqp_disconnect(struct amqp *amqp)
{
    if (!amqp)
        return;
    if (!amqp->lost && !amqp->blocked) {
        amqp_set_rpc_timeout(amqp->connection, &(struct timeval){.tv_sec = CLOSE_SECONDS});
        amqp_connection_close(amqp->connection, AMQP_REPLY_SUCCESS);
    }
    amqp_destroy_connection(amqp->connection);
    arena_finish(&amqp->scratch);
    arena_finish(&amqp->header_texts);
    text_finish(&amqp->body);
    free(amqp);
}

int amqp_fd(const struct amqp *amqp)
{
    return amqp_get_sockfd(amqp->connection);
}

/* ---- topology ---- */

enum err amqp_declare_exchange(struct amqp *amqp, const char *name, const char *type,
                               struct error *error)
{
    amqp_exchange_declare(amqp->connection, amqp->channel, amqp_cstring_bytes(name),
                          amqp_cstring_bytes(type), 0, 1, 0, 0, amqp_empty_table);
    return check_call(amqp, "declare an exchange", error);
}

static enum err declare_queue_once(struct amqp *amqp, const struct amqp_queue *queue,
                                   struct error *error)
{
    amqp_table_entry_t entries[5] = {
        text_entry(slice_of("x-overflow"), slice_of("drop-head")),
        number_entry(slice_of("x-max-length"), queue->messages_most),
        number_entry(slice_of("x-max-length-bytes"), queue->bytes_most)};
    amqp_table_t arguments = {3, entries};
    if (queue->expires_ms > 0)
        entries[arguments.num_entries++] = number_entry(slice_of("x-expires"), queue->expires_ms);
    if (queue->single_active_consumer)
        entries[arguments.num_entries++] = flag_entry("x-single-active-consumer");
    amqp_queue_declare(amqp->connection, amqp->channel, amqp_cstring_bytes(queue->name), 0, 1, 0, 0,
                       arguments);
    return check_call(amqp, "declare a queue", error);
}

enum err amqp_declare_queue(struct amqp *amqp, const struct amqp_queue *queue, struct error *error)
{
    amqp->refusal = 0;
    enum err err = declare_queue_once(amqp, queue, error);
    if (!err || amqp->lost || amqp->refusal != AMQP_PRECONDITION_FAILED)
        return err;
    err = open_channel(amqp, error); /* the broker closed the old one */
    if (err)
        return err;
    amqp_queue_delete(amqp->connection, amqp->channel, amqp_cstring_bytes(queue->name), 0, 0);
    err = check_call(amqp, "delete a queue", error);
    return err ? err : declare_queue_once(amqp, queue, error);
}

enum err amqp_bind(struct amqp *amqp, const char *queue, const char *exchange, struct error *error)
{
    amqp_queue_bind(amqp->connection, amqp->channel, amqp_cstring_bytes(queue),
                    amqp_cstring_bytes(exchange), amqp_empty_bytes, amqp_empty_table);
    return check_call(amqp, "bind a queue", error);
}

/* ---- sending ---- */

static amqp_table_t make_table(struct amqp *amqp, const struct amqp_header *headers, size_t count)
{
    amqp_table_entry_t *entries = arena_allocate(&amqp->scratch, count * sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = headers[i].text.at ? text_entry(headers[i].name, headers[i].text)
                                        : number_entry(headers[i].name, headers[i].number);
    return (amqp_table_t){(int)count, entries};
}

static amqp_basic_properties_t make_properties(struct amqp *amqp,
                                               const struct amqp_message *message)
{
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG,
        .content_type = amqp_cstring_bytes(message->content_type),
        .delivery_mode =
            message->persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT,
        .message_id = bytes_of(message->message_id),
        .type = bytes_of(message->type),
        .timestamp = (uint64_t)message->timestamp_s};
    if (message->message_id.length > 0)
        properties._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
    if (message->type.length > 0)
        properties._flags |= AMQP_BASIC_TYPE_FLAG;
    if (message->timestamp_s > 0)
        properties._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
    if (message->header_count > 0) {
        properties._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties.headers = make_table(amqp, message->headers, message->header_count);
    }
    return properties;
}

enum err amqp_publish(struct amqp *amqp, const struct amqp_message *message, struct error *error)
{
    arena_clear(&amqp->scratch);
    amqp_basic_properties_t properties = make_properties(amqp, message);
    int status = amqp_basic_publish(
        amqp->connection, amqp->channel, amqp_cstring_bytes(message->exchange),
        bytes_of(message->routing_key), 0, 0, &properties, bytes_of(message->body));
    return check_sent(amqp, status, "publish", error);
}

enum err amqp_ask_for_confirms(struct amqp *amqp, struct error *error)
{
    amqp_confirm_select(amqp->connection, amqp->channel);
    return check_call(amqp, "ask for confirms", error);
}

static void set_cork(struct amqp *amqp, int on)
{
    setsockopt(amqp_fd(amqp), IPPROTO_TCP, TCP_CORK, &on, sizeof on); /* failure only costs speed */
}

void amqp_cork(struct amqp *amqp)
{
    set_cork(amqp, 1);
}

void amqp_uncork(struct amqp *amqp)
{
    set_cork(amqp, 0);
}

enum err amqp_consume(struct amqp *amqp, const char *queue, uint16_t prefetch, struct error *error)
{
    amqp_basic_qos(amqp->connection, amqp->channel, 0, prefetch, 0);
    enum err err = check_call(amqp, "limit the messages in flight", error);
    if (err)
        return err;
    amqp_basic_consume(amqp->connection, amqp->channel, amqp_cstring_bytes(queue), amqp_empty_bytes,
                       0, 0, 0, amqp_empty_table);
    return check_call(amqp, "consume", error);
}

enum err amqp_acknowledge(struct amqp *amqp, uint64_t tag, struct error *error)
{
    return check_sent(amqp, amqp_basic_ack(amqp->connection, amqp->channel, tag, 1), "acknowledge",
                      error);
}

/* ---- receiving ---- */

static bool header_from(struct amqp *amqp, const amqp_table_entry_t *entry, struct amqp_header *ret)
{
    *ret = (struct amqp_header){.name = arena_copy(&amqp->header_texts, slice_from(entry->key))};
    switch (entry->value.kind) {
    case AMQP_FIELD_KIND_UTF8:
    case AMQP_FIELD_KIND_BYTES:
        ret->text = arena_copy(&amqp->header_texts, slice_from(entry->value.value.bytes));
        return true;
    case AMQP_FIELD_KIND_I64:
        ret->number = entry->value.value.i64;
        return true;
    case AMQP_FIELD_KIND_I32:
        ret->number = entry->value.value.i32;
        return true;
    default: /* annal sends no other kinds */
        return false;
    }
}

static void take_method(struct amqp *amqp, const amqp_method_t *method, struct amqp_incoming *ret)
{
    if (method->id == AMQP_BASIC_DELIVER_METHOD) {
        const amqp_basic_deliver_t *deliver = method->decoded;
        amqp->awaited = AWAIT_HEADER;
        amqp->message = (struct amqp_incoming){.what = AMQP_MESSAGE, .tag = deliver->delivery_tag};
    } else if (method->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = method->decoded;
        *ret = (struct amqp_incoming){
            .what = AMQP_CONFIRMED, .tag = ack->delivery_tag, .multiple = ack->multiple};
    } else if (method->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = method->decoded;
        *ret = (struct amqp_incoming){
            .what = AMQP_REFUSED, .tag = nack->delivery_tag, .multiple = nack->multiple};
    } else if (method->id == AMQP_BASIC_CANCEL_METHOD) {
        ret->what = AMQP_CANCELLED;
    } else if (method->id == AMQP_CONNECTION_BLOCKED_METHOD) {
        const amqp_connection_blocked_t *blocked = method->decoded;
        amqp->blocked = true;
        *ret = (struct amqp_incoming){.what = AMQP_BLOCKED, .text = slice_from(blocked->reason)};
    } else if (method->id == AMQP_CONNECTION_UNBLOCKED_METHOD) {
        amqp->blocked = false;
        ret->what = AMQP_UNBLOCKED;
    }
}

static void take_header(struct amqp *amqp, const amqp_frame_t *frame)
{
    const amqp_basic_properties_t *properties = frame->payload.properties.decoded;
    struct amqp_incoming *in = &amqp->message;
    amqp->body_left = frame->payload.properties.body_size;
    text_clear(&amqp->body);
    arena_clear(&amqp->header_texts);
    in->cut = amqp->body_left > AMQP_MESSAGE_BYTES_MOST;
    in->headers = amqp->headers;
    in->header_count = 0;
    bool has = properties->_flags & AMQP_BASIC_HEADERS_FLAG;
    for (int i = 0; has && i < properties->headers.num_entries; i++)
        if (in->header_count < HEADERS_MOST &&
            header_from(amqp, &properties->headers.entries[i], &amqp->headers[in->header_count]))
            in->header_count++;
    amqp->awaited = AWAIT_BODY;
}

static void take_body(struct amqp *amqp, amqp_bytes_t part)
{
    size_t room = AMQP_MESSAGE_BYTES_MOST - amqp->body.length;
    text_add_bytes(&amqp->body, part.bytes, part.len < room ? part.len : room);
    amqp->body_left -= part.len < amqp->body_left ? part.len : amqp->body_left;
}

/* Frames of other channels may come between those of a message. */
static enum err take_frame(struct amqp *amqp, const amqp_frame_t *frame, struct amqp_incoming *ret,
                           struct error *error)
{
    bool is_close = frame->frame_type == AMQP_FRAME_METHOD &&
                    (frame->payload.method.id == AMQP_CHANNEL_CLOSE_METHOD ||
                     frame->payload.method.id == AMQP_CONNECTION_CLOSE_METHOD);
    if (is_close)
        return closed_by_broker(amqp, &frame->payload.method, "closed by the broker", error);
    if (frame->frame_type == AMQP_FRAME_METHOD)
        take_method(amqp, &frame->payload.method, ret);
    else if (frame->frame_type == AMQP_FRAME_HEADER && amqp->awaited == AWAIT_HEADER)
        take_header(amqp, frame);
    else if (frame->frame_type == AMQP_FRAME_BODY && amqp->awaited == AWAIT_BODY)
        take_body(amqp, frame->payload.body_fragment);
    if (amqp->awaited == AWAIT_BODY && amqp->body_left == 0) {
        amqp->awaited = AWAIT_METHOD;
        amqp->message.body = text_slice(&amqp->body);
        *ret = amqp->message;
    }
    return OK;
}

enum err amqp_receive(struct amqp *amqp, struct amqp_incoming *ret, struct error *error)
{
    *ret = (struct amqp_incoming){.what = AMQP_NOTHING};
    while (ret->what == AMQP_NOTHING) {
        amqp_frame_t frame;
        if (amqp->awaited == AWAIT_METHOD)
            amqp_maybe_release_buffers(amqp->connection);
        int status = amqp_simple_wait_frame_noblock(amqp->connection, &frame, &(struct timeval){0});
        if (status == AMQP_STATUS_TIMEOUT)
            break;
        if (status != AMQP_STATUS_OK)
            return lost(amqp, status, "receive", error);
        enum err err = take_frame(amqp, &frame, ret, error);
        if (err)
            return err;
    }
    return OK;
}

const struct amqp_header *amqp_find_header(const struct amqp_incoming *incoming, const char *name)
{
    for (size_t i = 0; i < incoming->header_count; i++)
        if (slice_is(incoming->headers[i].name, name))
            return &incoming->headers[i];
    return NULL;
}

const char *amqp_library_version(void)
{
    return amqp_version();
}
